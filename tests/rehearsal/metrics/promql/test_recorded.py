"""What Prometheus itself answers, query by query: recorded from its engine (v3.16, `promql`).

`recorded.json` holds values over the series of samples.py, `rejections.json` the sentences for
queries that are none: [query, Prometheus' sentence, ours where it differs].
"""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from rehearsal.metrics.promql import (
    Matrix,
    QueryAbortedError,
    QueryRejectedError,
    Value,
    evaluate,
)
from rehearsal.metrics.series import MS_PER_S, SeriesStore
from tests.rehearsal.metrics.promql.samples import filled_store

HERE = Path(__file__).parent
RECORDED: list[dict[str, Any]] = json.loads((HERE / "recorded.json").read_text())
REJECTIONS: list[list[str]] = json.loads((HERE / "rejections.json").read_text())
VALUES = [case for case in RECORDED if "type" in case]
REFUSED = [case for case in RECORDED if "type" not in case]
# Prometheus goes through a Go map here, whose order changes from run to run.
UNORDERED = ("count_values", "histogram_")
STORE = filled_store()

Shown = list[tuple[dict[str, str], list[tuple[float, float]]]]


def _name(case: Any) -> str:
    return f"{case['query']} @ {case['at_s']}" if isinstance(case, dict) else str(case[0])


@pytest.mark.parametrize("case", VALUES, ids=_name)
def test_values_are_those_of_prometheus(case: dict[str, Any]) -> None:
    value = evaluate(case["query"], STORE, case["at_s"])
    if case["type"] in ("scalar", "string"):
        assert _same(value, case["value"])
        return
    ours, theirs = _shown(value), _recorded(case)
    if case["type"] == "matrix" or any(name in case["query"] for name in UNORDERED):
        ours, theirs = sorted(ours, key=_labels), sorted(theirs, key=_labels)
    assert [labels for labels, _ in ours] == [labels for labels, _ in theirs]
    for (_, points), (_, expected) in zip(ours, theirs, strict=True):
        assert [at_s for at_s, _ in points] == [at_s for at_s, _ in expected]
        assert all(_close(a, b) for (_, a), (_, b) in zip(points, expected, strict=True))


@pytest.mark.parametrize("case", REFUSED, ids=_name)
def test_what_prometheus_refuses_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(QueryRejectedError if "rejected" in case else QueryAbortedError) as refused:
        evaluate(case["query"], STORE, case["at_s"])
    if "aborted" in case:
        assert _without_series(str(refused.value)) == _without_series(case["aborted"])


@pytest.mark.parametrize("case", REJECTIONS, ids=_name)
def test_sentences_are_those_of_prometheus_or_written_down(case: list[str]) -> None:
    with pytest.raises((QueryRejectedError, QueryAbortedError)) as refused:
        evaluate(case[0], SeriesStore(), 1000)
    assert str(refused.value) == case[-1]


def test_most_sentences_are_equal() -> None:
    assert sum(len(case) == 2 for case in REJECTIONS) / len(REJECTIONS) > 0.85


def _shown(value: Value) -> Shown:
    if isinstance(value, Matrix):
        return [
            (row.labels, [(at_ms / MS_PER_S, number) for at_ms, number in row.points])
            for row in value.rows
        ]
    assert isinstance(value, list)
    return [(element.labels, [(0.0, element.value)]) for element in value]


def _recorded(case: dict[str, Any]) -> Shown:
    if case["type"] == "matrix":
        return [(labels, [(t, float(v)) for t, v in points]) for labels, points in case["value"]]
    return [(labels, [(0.0, float(value))]) for labels, value in case["value"]]


def _labels(row: tuple[dict[str, str], Any]) -> list[tuple[str, str]]:
    return sorted(row[0].items())


def _same(value: Value, recorded: str) -> bool:
    return value == recorded if isinstance(value, str) else _close(value, float(recorded))


def _close(a: Any, b: float) -> bool:
    if math.isnan(b) or math.isinf(b):
        return bool(a == b or (math.isnan(a) and math.isnan(b)))
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-11)


def _without_series(text: str) -> str:
    """Prometheus names whichever two of the series it meets first."""
    return text.partition("[")[0]
