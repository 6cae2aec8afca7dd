"""The Canary object: its model, its defaults, how it is read, and what to mistrust in it."""
