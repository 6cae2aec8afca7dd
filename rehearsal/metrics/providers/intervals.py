"""A metric's interval as providers count back by it."""

from rehearsal.flagger.controller.errors import QueryFailed
from rehearsal.flagger.golang import NS_PER_MS, NS_PER_S, DurationError, parse_duration_ns


def nanoseconds(interval: str) -> int:
    """A Go duration; raises QueryFailed with Flagger's sentence."""
    try:
        return parse_duration_ns(interval)
    except DurationError as error:
        raise QueryFailed(f"error parsing metric interval: {error}") from None


def seconds(interval: str) -> float:
    """The same in seconds."""
    return nanoseconds(interval) / NS_PER_S


def milliseconds(interval: str) -> int:
    """The same in whole milliseconds."""
    return nanoseconds(interval) // NS_PER_MS
