"""One module an application on the card: what can be asked of it, in domain words."""
