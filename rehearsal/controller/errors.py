"""What a port may answer instead of doing what it was asked."""

from __future__ import annotations

from rehearsal.errors import RehearsalError


class PortError(RehearsalError):
    """A part of the world refused; its text is what Flagger would print."""


class QueryFailed(PortError):  # noqa: N818
    """A metric query got no answer, or one that makes no sense."""


class NoValuesFound(QueryFailed):
    """A metric query was answered with nothing, or with NaN."""

    def __init__(self, text: str = "no values found") -> None:
        super().__init__(text)


class HookFailed(PortError):  # noqa: N818
    """A webhook was not accepted; the text is the reason as Flagger words it."""
