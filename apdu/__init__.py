"""The language of cards: commands, responses, status words, TLV, ciphers, traces.

Pure: no I/O, no clock, and no knowledge of a card beyond what its standards say.
"""
