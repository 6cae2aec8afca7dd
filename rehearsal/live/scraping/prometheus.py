"""The Prometheus of this machine: what was scraped, and the queries over it.

Everything that was scraped of one target at one time is a scrape. A series that was in the scrape
before and is not in this one has ended, and no instant query sees it any longer; the same when a
target goes. Times are the canary's, counted from when the rehearsal began.
"""

import json
import math
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from rehearsal.flagger.controller.errors import NoValuesFound, QueryFailed
from rehearsal.live.scraping.targets import with_target_labels
from rehearsal.metrics.explanation import Explanation, explain
from rehearsal.metrics.exposition import Sample, parse_line, parse_value, series_part
from rehearsal.metrics.promql import (
    QueryAbortedError,
    QueryRejectedError,
    QueryUnsupportedError,
    evaluate,
)
from rehearsal.metrics.series import NAME, STALE, Series, SeriesStore, milliseconds

SCRAPE_INTERVAL_S = 5.0  # of Flagger's bundled Prometheus (flagger kustomize/base/prometheus)
MOST_SERIES_OF_A_TARGET = 20_000
MOST_SERIES = 200_000
_FORGET_EVERY_S = 60.0


class ScrapeError(Exception):
    """A scrape that has to be dropped as a whole; the text says why."""


@dataclass
class _TargetState:
    """The series of a target's last scrape, and which line stands for which series."""

    series: dict[int, Series] = field(default_factory=dict)
    by_line: dict[str, Series] = field(default_factory=dict)


class Prometheus:
    """A store of scrapes that is written by one thread and asked by others."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._store = SeriesStore()
        self._lock = threading.Lock()
        self._targets: dict[str, _TargetState] = {}
        self._forgotten_s = -math.inf

    def take_text(self, target: str, text: str, labels: Mapping[str, str], at_s: float) -> None:
        """A page of metrics; raises ScrapeError for one with too many series."""
        with self._lock:
            state = self._targets.setdefault(target, _TargetState())
            found = list(self._parsed(text, labels, state))
            self._take(state, found, at_s)
            self._note_up(labels, at_s, 1.0)

    def take_samples(self, target: str, samples: Iterable[Sample], at_s: float) -> None:
        """A scrape that was read elsewhere."""
        with self._lock:
            state = self._targets.setdefault(target, _TargetState())
            found = [(series, s.value) for s in samples if (series := self._series(s.labels))]
            self._take(state, found, at_s)

    def fail(self, target: str, labels: Mapping[str, str], at_s: float) -> None:
        """A target that could not be scraped: its series end, and `up` is 0."""
        with self._lock:
            self._take(self._targets.setdefault(target, _TargetState()), [], at_s)
            self._note_up(labels, at_s, 0.0)

    def drop_all_but(self, targets: Iterable[str], at_s: float) -> None:
        """End the series of targets that are no longer there, and forget what is old."""
        with self._lock:
            for target in set(self._targets) - set(targets):
                self._take(self._targets.pop(target), [], at_s)
            if at_s - self._forgotten_s >= _FORGET_EVERY_S:
                self._store.forget(at_s)
                self._forgotten_s = at_s

    def query(self, promql: str) -> float:
        """The value as Flagger reads it; raises NoValuesFound or QueryFailed with its text."""
        try:
            with self._lock:
                value = evaluate(promql, self._store, self._now_s())
        except QueryRejectedError as error:
            text = f'invalid parameter "query": {error}'
            raise QueryFailed(_response(400, "Bad Request", "bad_data", text)) from None
        except QueryAbortedError as error:
            text = str(error)
            raise QueryFailed(_response(422, "Unprocessable Entity", "execution", text)) from None
        except QueryUnsupportedError as error:
            raise QueryFailed(f"a rehearsal cannot evaluate this query: {error}") from None
        if isinstance(value, float | str):
            raise QueryFailed(_not_a_vector(value, self._now_s()))
        if not isinstance(value, list):
            if value.rows:
                raise QueryFailed("query returned multiple values")
            raise NoValuesFound
        if not value or math.isnan(value[-1].value):
            raise NoValuesFound
        return value[-1].value

    def explain(self, promql: str) -> Explanation:
        """What a query comes to, and from which series."""
        with self._lock:
            return explain(promql, self._store, self._now_s())

    def _parsed(
        self, text: str, labels: Mapping[str, str], state: _TargetState
    ) -> Iterable[tuple[Series, float]]:
        for count, line in enumerate(text.split("\n")):
            if count > MOST_SERIES_OF_A_TARGET:
                raise ScrapeError(f"more than {MOST_SERIES_OF_A_TARGET} lines of metrics")
            part = series_part(line)
            series = state.by_line.get(part) if part is not None else None
            if series is not None and part is not None:
                words = line[len(part) :].split(None, 1)
                value = parse_value(words[0]) if words else None
                if value is not None:
                    yield series, value
                continue
            sample = parse_line(line)
            if sample is None:
                continue
            known = self._series(with_target_labels(sample.labels, labels))
            if known is not None:
                if part is not None:
                    state.by_line[part] = known
                yield known, sample.value

    def _series(self, labels: Mapping[str, str]) -> Series | None:
        return self._store.series(labels) if len(self._store) < MOST_SERIES else None

    def _take(
        self, state: _TargetState, found: Iterable[tuple[Series, float]], at_s: float
    ) -> None:
        at_ms = milliseconds(at_s)
        current: dict[int, Series] = {}
        for series, value in found:
            if not series.times_ms:
                series = self._store.series(series.labels)
            series.append(at_ms, value)
            current[id(series)] = series
        for key, series in state.series.items():
            if key not in current:
                series.append(at_ms, STALE)
        state.series = current

    def _note_up(self, labels: Mapping[str, str], at_s: float, value: float) -> None:
        self._store.append({NAME: "up", **labels}, at_s, value)


def _response(status: int, reason: str, kind: str, text: str) -> str:
    """What Flagger prints of a Prometheus' refusal, `<` `>` `&` escaped as Go escapes them."""
    body = json.dumps({"status": "error", "errorType": kind, "error": text}, ensure_ascii=False)
    compact = body.replace('": "', '":"').replace('", "', '","')
    for char in "<>&":
        compact = compact.replace(char, f"\\u{ord(char):04x}")
    return f"error response: Status {status} {reason}: {compact}"


def _not_a_vector(value: float | str, now_s: float) -> str:
    """Flagger decodes vectors only; a scalar or string is an error of its decoder."""
    kind = "scalar" if isinstance(value, float) else "string"
    shown = f"{value:g}" if isinstance(value, float) else value
    row = (
        'struct { Metric struct { Name string "json:\\"name\\"" };'
        ' Value []interface {} "json:\\"value\\""; Values []interface {} "json:\\"values\\"" }'
    )
    result = json.dumps([round(now_s, 3), shown], separators=(",", ":"))
    body = f'{{"status":"success","data":{{"resultType":"{kind}","result":{result}}}}}'
    return (
        "error unmarshaling result: json: cannot unmarshal number into Go struct field"
        f" .Data.Result of type {row}, '{body}'"
    )
