"""Who computes with keys: callers ask for a result and never see a key."""
