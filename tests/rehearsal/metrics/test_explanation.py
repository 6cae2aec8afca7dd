import pytest

from rehearsal.metrics.explanation import MOST_SERIES, MOST_STEPS, explain, shown
from rehearsal.metrics.promql import Element, Matrix
from rehearsal.metrics.series import SeriesStore
from tests.rehearsal.metrics.promql.samples import filled_store

STORE = filled_store()


def test_a_ratio_is_taken_apart() -> None:
    query = (
        'sum(rate(rq{code="500",pod="detail-6b7-fghij"}[1m])) / sum(rate(nope[1m])) or vector(1)'
    )
    explanation = explain(query, STORE, 600)
    assert explanation.value == "1"
    known, unknown = explanation.matched
    assert (known.count, known.name_is_known) == (1, True)
    assert (unknown.count, unknown.name_is_known) == (0, False)
    lines = explanation.lines()
    assert lines[0] == f"query: {query}"
    assert any(" in 12 samples over 55 s" in line for line in lines)
    assert "  nope[1m]: no series, and none of that name is known" in lines
    assert "  sum(rate(nope[1m])) = nothing" in lines


def test_labels_that_match_nothing_are_told_from_names_that_nobody_has() -> None:
    lines = explain('rq{code="999"}', STORE, 600).lines()
    assert lines[1] == '  rq{code="999"}: no series'


def test_many_series_are_counted() -> None:
    store = SeriesStore()
    for index in range(30):
        store.append({"__name__": "x", "i": str(index)}, 0, index)
    explanation = explain("x", store, 1)
    (matched,) = explanation.matched
    assert matched.count == 30
    assert len(matched.series) == MOST_SERIES
    assert explanation.lines()[-1] == "    and 20 more"
    assert explanation.value.endswith(", and 20 more")


def test_a_query_that_is_none_says_why() -> None:
    explanation = explain("sum(", STORE, 600)
    assert explanation.lines() == [
        "query: sum(",
        "error: 1:5: parse error: unclosed left parenthesis",
    ]


def test_an_evaluation_that_ends_says_how_far_it_came() -> None:
    explanation = explain("h * on() g", STORE, 600)
    assert explanation.error.startswith("found duplicate series")
    assert [m.selector for m in explanation.matched] == ["h", "g"]


def test_single_samples_are_said() -> None:
    store = SeriesStore()
    store.append({"__name__": "x"}, 0, 5)
    assert "    x 5 (one sample)" in explain("rate(x[1m])", store, 1).lines()


def test_huge_queries_are_cut() -> None:
    store = SeriesStore()
    store.append({"__name__": "x"}, 0, 5)
    explanation = explain(" + ".join(["x"] * 300), store, 1)
    assert len(explanation.parts) + len(explanation.matched) == MOST_STEPS
    assert all(len(part.text) <= 501 for part in explanation.parts)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.5, "1.5"),
        ("a", '"a"'),
        ([], "nothing"),
        ([Element({}, 2.0)], "2"),
        ([Element({"__name__": "x", "a": "b"}, 2.0)], 'x{a="b"} 2'),
        (Matrix([], 0, 0), "0 series with 0 samples"),
    ],
)
def test_values_on_one_line(value: object, text: str) -> None:
    assert isinstance(value, float | str | list | Matrix)
    assert shown(value) == text


COUNTED = {
    "rate(x_requests_total[1m])": 30,
    "rate(x_requests_total[1m]) / rate(x_requests_total{code='500'}[1m])": 30,
    "histogram_quantile(0.99, rate(x_seconds_bucket[1m]))": 24,
    "rate(x_seconds_sum[1m]) / rate(x_seconds_count[1m])": 24,
    "rate(x_cpu_seconds_total[1m])": None,
    "x_requests_total": None,
    "rate(y_requests_total[1m])": None,
}


@pytest.mark.parametrize(("query", "counted"), COUNTED.items())
def test_how_much_was_counted_is_told_by_the_widest_selector(
    query: str, counted: float | None
) -> None:
    store = SeriesStore()
    for at_s, total, bucket in ((10, 100, 5), (20, 110, 17), (30, 20, 29)):
        store.append({"__name__": "x_requests_total", "code": "200"}, at_s, total)
        store.append({"__name__": "x_cpu_seconds_total"}, at_s, total)
        store.append({"__name__": "x_seconds_sum"}, at_s, total * 9)
        store.append({"__name__": "x_seconds_count"}, at_s, bucket)
        for le, share in (("0.1", 0.5), ("+Inf", 1.0)):
            store.append({"__name__": "x_seconds_bucket", "le": le}, at_s, bucket * share)
    assert explain(query, store, 30).counted == counted
