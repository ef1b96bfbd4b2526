"""The pytest plugin: a card, a reader, a trace to replay, for tests that have no hardware."""
