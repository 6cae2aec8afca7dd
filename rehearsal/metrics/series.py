"""Scraped samples in memory: labelled series of (time, value), times in the canary's seconds."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

Labels = tuple[tuple[str, str], ...]
NAME = "__name__"


@dataclass(frozen=True)
class Matcher:
    """A label matcher: `=`, `!=`, `=~` or `!~`; patterns are anchored, as in Prometheus."""

    label: str
    operator: str
    value: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        actual = labels.get(self.label, "")
        if self.operator in ("=", "!="):
            return (actual == self.value) == (self.operator == "=")
        found = re.fullmatch(self.value, actual) is not None
        return found == (self.operator == "=~")


@dataclass
class Series:
    """One labelled series; `times` ascend."""

    labels: dict[str, str]
    times: list[float]
    values: list[float]

    def between(self, start_s: float, end_s: float) -> list[tuple[float, float]]:
        """The samples of a closed window."""
        low, high = bisect_left(self.times, start_s), bisect_right(self.times, end_s)
        return list(zip(self.times[low:high], self.values[low:high], strict=True))


class SeriesStore:
    """All series, forgotten after `retention_s`."""

    def __init__(self, retention_s: float = 900.0) -> None:
        self._retention_s = retention_s
        self._series: dict[Labels, Series] = {}

    def append(self, labels: Mapping[str, str], at_s: float, value: float) -> None:
        key = tuple(sorted(labels.items()))
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = Series(dict(labels), [], [])
        series.times.append(at_s)
        series.values.append(value)

    def select(self, matchers: Iterable[Matcher]) -> Iterator[Series]:
        """The series that every matcher accepts."""
        wanted = tuple(matchers)
        for series in list(self._series.values()):
            if all(m.matches(series.labels) for m in wanted):
                yield series

    def forget(self, now_s: float) -> None:
        """Drop what is older than the retention."""
        horizon_s = now_s - self._retention_s
        for key, series in list(self._series.items()):
            cut = bisect_left(series.times, horizon_s)
            del series.times[:cut], series.values[:cut]
            if not series.times:
                del self._series[key]
