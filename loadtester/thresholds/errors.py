"""What is wrong with a threshold."""

from commons.errors import UserError


class ThresholdError(UserError, ValueError):
    """A threshold that cannot be read; the message is one line saying what and how to put it."""
