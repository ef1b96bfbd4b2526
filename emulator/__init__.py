"""A card and its daemon in software: what stands in for every physical thing at the counter.

Knows nothing of the terminal; the two meet at PC/SC, or at bytes in a test.
"""
