"""What a program can say in one line before it ends.

Error            something else misbehaved; exit code 1
└── UserError    the user's mistake; exit code 2
    └── UsageError    in a flag, or in the environment variable that stands for it
"""


class Error(Exception):
    """Base of every error whose text is all that a user needs to read."""

    exit_code = 1

    def lines(self) -> list[str]:
        """Its text as it is printed: one line, unless a class of errors lists several problems."""
        return [" ".join(str(self).splitlines())]


class UserError(Error):
    """A mistake the user can put right: the text says what, where, and what to do."""

    exit_code = 2


class UsageError(UserError):
    """A mistake on the command line or in the environment; the text names the flag or variable."""
