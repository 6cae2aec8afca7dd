"""Latency as a promise about it must read it: a request without a response is the slowest of all.

A refused connection fails within microseconds. Taken at that age it would improve every
percentile, so that a target that answers nobody looked splendid (as in locust#1363). Here a
failure has no time; it stands behind every request that has one. A quantile is then a time only
if the share of failures is small enough for that quantile to leave them out.
"""

from dataclasses import dataclass

from loadtester.load.measuring.histogram import Histogram, rank_of


@dataclass(frozen=True, slots=True)
class Latency:
    """Times of requests in nanoseconds, and how many requests have none."""

    times: Histogram
    """Of responses of any status; and of requests that the end of the run cut off or left unsent,
    at their age then, which is too low."""
    failed: int
    """Requests that ended without a response."""

    @property
    def count(self) -> int:
        """All requests."""
        return self.times.count + self.failed

    @property
    def failed_share(self) -> float:
        """Requests without a response among all, 0..1; 0 when there were none at all."""
        return self.failed / self.count if self.failed else 0.0

    def quantile_ns(self, q: float) -> int | None:
        """The time that a share q (0..1) of all requests did not exceed.

        None when it is the time of a request that has none, or when there was no request.
        """
        rank = rank_of(q, self.count)
        return self.times.at_rank(rank) if rank <= self.times.count else None

    @property
    def min_ns(self) -> int | None:
        """The shortest time; None when there is none."""
        return self.times.min_ns if self.times else None

    @property
    def max_ns(self) -> int | None:
        """The longest time; None when a request has none."""
        return self.times.max_ns if self.times and not self.failed else None
