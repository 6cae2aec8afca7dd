"""What is wrong with a threshold."""


class ThresholdError(ValueError):
    """A threshold that cannot be read; the message is one line saying what and how to put it."""
