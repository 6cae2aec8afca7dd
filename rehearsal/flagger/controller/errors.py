"""What a port may answer instead of doing what it was asked."""

from __future__ import annotations

from commons.errors import Error, UserError


class PortError(Error):
    """A part of the world refused; its text is what Flagger would print."""


class QueryFailed(PortError):  # noqa: N818
    """A metric query got no answer, or one that makes no sense."""


class NoValuesFound(QueryFailed):
    """A metric query was answered with nothing, or with NaN."""

    def __init__(self, text: str = "no values found") -> None:
        super().__init__(text)


class HookFailed(PortError):  # noqa: N818
    """A webhook was not accepted; the text is the reason as Flagger words it."""


class NotReady(PortError):  # noqa: N818
    """A rollout is not finished; when it is not `retriable`, waiting will not help."""

    def __init__(self, text: str, *, retriable: bool = True) -> None:
        super().__init__(text)
        self.retriable = retriable

    def within(self, prefix: str) -> NotReady:
        """The same verdict under a longer name."""
        return NotReady(f"{prefix}{self}", retriable=self.retriable)


class VerificationError(UserError):
    """A Canary that Flagger would drop without an event."""
