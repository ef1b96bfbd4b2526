"""Say in plain words why PC/SC does not work on this machine; change nothing, never block."""
