"""What every program of this project shares; it imports nothing of theirs."""

__version__ = "0.1.0"
