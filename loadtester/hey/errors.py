"""What can go wrong before and after a run of the `hey` command."""


class HeyError(Exception):
    """Something the user can put right; the message is one line saying what, where and how."""


class UsageError(HeyError):
    """A flag or an argument that cannot be used as it was given."""


class SavedRunError(HeyError):
    """A file that is not a saved run, or not one this version can read."""
