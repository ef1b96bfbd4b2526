"""Readers and what crosses their wires: PC/SC, events, connections, T=0 rules, traces."""
