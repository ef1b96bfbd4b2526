"""One module a counter service: what joins cards, keys and, later, rules, registry and journal."""
