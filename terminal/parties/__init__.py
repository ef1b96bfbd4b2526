"""The other parties as ports: what the counter asks of them, and the lines to ask by."""
