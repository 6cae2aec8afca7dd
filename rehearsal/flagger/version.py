"""Which Flagger the rest of this package does as."""

FLAGGER_VERSION = "1.44.0"
