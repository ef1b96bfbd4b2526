"""The counter: readers, cards, keys and the commands that a clerk or an IT person runs."""
