"""Persons, cards, functions, applications, operators, audit.

What is known of them, in a database.
"""
