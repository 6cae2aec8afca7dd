"""What can go wrong in these services, beside the mistakes of `commons.errors`.

commons.errors.UserError
└── VersionError           a version without a catalog
Exception
├── RequestError           a request of fault control that cannot be served
│   ├── InvalidFaultError      a fault that cannot be: 422
│   └── TooManyFaultsError     no room for another: 409
└── BackendError           the detail service did not give the frontend a catalog
"""

from typing import Any

from commons.errors import UserError


class VersionError(UserError):
    """An application version for which no catalog is known."""


class RequestError(Exception):
    """A request of fault control that cannot be served; the text says why."""


class InvalidFaultError(RequestError):
    """`problems` holds one entry per field, as the 422 response shows them."""

    def __init__(self, problems: list[dict[str, Any]]) -> None:
        super().__init__("; ".join(problem["msg"] for problem in problems))
        self.problems = problems


class TooManyFaultsError(RequestError):
    """More faults at once than are allowed."""


class BackendError(Exception):
    """The detail service could not be reached, or its response is not a catalog."""
