"""Scraped samples in memory: labelled series of samples, as a Prometheus keeps them.

Times are whole milliseconds of the canary's clock, because Prometheus' are: a window's edge falls
on a sample or it does not, and never because of the last bit of a float.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from rehearsal.metrics.patterns import anchored

Labels = tuple[tuple[str, str], ...]
Point = tuple[int, float]
NAME = "__name__"
MS_PER_S = 1000

# Prometheus' stale marker is one NaN among others: known by its identity, never by its value.
STALE = float("nan")


@dataclass(frozen=True)
class Matcher:
    """A label matcher: `=`, `!=`, `=~` or `!~`; patterns are anchored, as in Prometheus.

    Raises PatternError when made with a pattern that cannot be.
    """

    label: str
    operator: str
    value: str

    def __post_init__(self) -> None:
        if "~" in self.operator:
            anchored(self.value)

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether a series has it; an absent label is the empty string."""
        actual = labels.get(self.label, "")
        if self.operator in ("=", "!="):
            return (actual == self.value) == (self.operator == "=")
        found = anchored(self.value).fullmatch(actual) is not None
        return found == (self.operator == "=~")


@dataclass
class Series:
    """One labelled series; `times_ms` ascend."""

    labels: dict[str, str]
    times_ms: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def append(self, at_ms: int, value: float) -> None:
        """A sample; one that is not younger than the last is dropped, as Prometheus does."""
        if self.times_ms and at_ms <= self.times_ms[-1]:
            return
        self.times_ms.append(at_ms)
        self.values.append(value)

    def between(self, after_ms: int, until_ms: int) -> list[Point]:
        """The samples of a window that is open at its start and closed at its end.

        (Prometheus 3; the 2.x of Flagger's own manifests counted a sample on the start as well.)
        """
        low, high = bisect_right(self.times_ms, after_ms), bisect_right(self.times_ms, until_ms)
        points = zip(self.times_ms[low:high], self.values[low:high], strict=True)
        return [point for point in points if point[1] is not STALE]

    def latest(self, after_ms: int, until_ms: int) -> Point | None:
        """The last sample of a window; None where there is none, or where the series had ended."""
        index = bisect_right(self.times_ms, until_ms) - 1
        if index < 0 or self.times_ms[index] <= after_ms or self.values[index] is STALE:
            return None
        return self.times_ms[index], self.values[index]


class SeriesStore:
    """All series, each sample forgotten after `retention_s`."""

    def __init__(self, retention_s: float = 900.0) -> None:
        self._retention_ms = milliseconds(retention_s)
        self._series: dict[Labels, Series] = {}
        self._by_name: dict[str, list[Series]] = {}

    def __len__(self) -> int:
        return len(self._series)

    def keep(self, window_ms: int) -> None:
        """Let samples live for at least as long as a query looks back."""
        self._retention_ms = max(self._retention_ms, window_ms)

    def series(self, labels: Mapping[str, str]) -> Series:
        """The series of these labels (an empty value is none), made if it is new."""
        key = tuple(sorted((name, value) for name, value in labels.items() if value))
        found = self._series.get(key)
        if found is None:
            found = self._series[key] = Series(dict(key))
            self._by_name.setdefault(found.labels.get(NAME, ""), []).append(found)
        return found

    def append(self, labels: Mapping[str, str], at_s: float, value: float) -> None:
        """One sample of the series of these labels."""
        self.series(labels).append(milliseconds(at_s), value)

    def select(self, matchers: Iterable[Matcher]) -> Iterator[Series]:
        """The series that every matcher accepts, oldest first."""
        wanted = tuple(matchers)
        names = [m.value for m in wanted if m.label == NAME and m.operator == "="]
        candidates = self._by_name.get(names[0], []) if names else self._series.values()
        for series in list(candidates):
            if all(matcher.matches(series.labels) for matcher in wanted):
                yield series

    def forget(self, now_s: float) -> None:
        """Drop what is older than the retention, and the series that have nothing left."""
        horizon_ms = milliseconds(now_s) - self._retention_ms
        for key, series in list(self._series.items()):
            cut = bisect_right(series.times_ms, horizon_ms)
            del series.times_ms[:cut], series.values[:cut]
            if not series.times_ms:
                del self._series[key]
                self._by_name[series.labels.get(NAME, "")].remove(series)


def milliseconds(duration_s: float) -> int:
    """Seconds as whole milliseconds."""
    return round(duration_s * MS_PER_S)
