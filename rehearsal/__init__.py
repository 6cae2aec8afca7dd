"""rehearsal: a Flagger canary, played on one machine."""

__version__ = "0.1.0"
