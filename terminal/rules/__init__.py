"""The regulation as data and pure functions of facts and time.

Nothing here reads a file, a card, a database or a clock: who asks brings the facts and the moment.
"""
