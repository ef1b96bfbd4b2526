"""The services that the rules offer, one module each, and what carries them out.

The way of a service: who and which card (situation.py) → what the other parties say (its ``ask``) →
what the rules say (terminal/rules) → the card and the parties (its ``act``) → the registry, duties,
audit and answer in one transaction (its ``record``) → what is owed at once (duties.py).
"""
