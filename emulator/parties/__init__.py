"""The other parties in software: bank, clearing, data sharing, messages, card management, money.

Each keeps what it was told, answers texts as terminal/parties/line.py asks, and can be up, slow,
down, lose its answers, contradict or refuse. All they know is made up.
"""
