"""What can go wrong, and whose doing it is.

DetailError
├── UserError           the caller's mistake: one line on stderr, exit code 2
│   ├── SettingError    a flag or its environment twin
│   ├── VersionError    a version without a catalog
│   └── AddressError    an address that cannot be listened on
└── RemoteError         another program's misbehaviour
    └── BackendError    the detail service did not give the frontend a catalog
"""

from typing import Any


class DetailError(Exception):
    """Base of every error that this package raises on purpose."""


class UserError(DetailError):
    """A mistake the user can put right; the text says what, where and how."""


class SettingError(UserError):
    """A flag or environment variable with a value that cannot be used."""

    def __init__(self, source: str, problem: str) -> None:
        super().__init__(f"{source}: {problem}")
        self.source = source


class VersionError(UserError):
    """An application version for which no catalog is known."""


class AddressError(UserError):
    """A host and port on which the service cannot listen."""


class PlanError(UserError):
    """A plan that cannot be; `problems` holds one entry per field, as the 422 answer shows them."""

    def __init__(self, problems: list[dict[str, Any]]) -> None:
        super().__init__("; ".join(problem["msg"] for problem in problems))
        self.problems = problems


class BoardFullError(UserError):
    """More faults at once than anyone can mean."""


class RemoteError(DetailError):
    """Another program did not do its part."""


class BackendError(RemoteError):
    """The detail service could not be reached or answered something else than a catalog."""
