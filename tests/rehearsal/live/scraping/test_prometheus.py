import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal.flagger.controller.errors import NoValuesFound, PortError, QueryFailed
from rehearsal.live.scraping.prometheus import (
    MOST_SERIES_OF_A_TARGET,
    Prometheus,
    ScrapeError,
)
from rehearsal.metrics.exposition import Sample

LABELS = {"pod": "p", "kubernetes_namespace": "demo"}
EPOCH_S = 1_700_000_000.0


class _Clock:
    now_s = EPOCH_S

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def prometheus(clock: _Clock) -> Prometheus:
    return Prometheus(clock)


def _scrape(prometheus: Prometheus, clock: _Clock, *pages: str) -> None:
    for page in pages:
        clock.now_s += 5
        prometheus.take_text("t", page, LABELS, clock.now_s)


def test_the_last_element_counts(prometheus: Prometheus, clock: _Clock) -> None:
    _scrape(prometheus, clock, 'a{x="1"} 1\na{x="2"} 2\n')
    assert prometheus.query("a") == 2.0
    assert prometheus.query("sum(a)") == 3.0
    assert prometheus.query(" vector(1) ") == 1.0


@pytest.mark.parametrize(("text", "value"), [("+Inf", math.inf), ("-Inf", -math.inf)])
def test_infinities_are_values(
    prometheus: Prometheus, clock: _Clock, text: str, value: float
) -> None:
    _scrape(prometheus, clock, f"a {text}")
    assert prometheus.query("a") == value


@pytest.mark.parametrize("query", ["nothing", "a * NaN", "0 * vector(1) / 0", "rate(a[1m])"])
def test_nothing_and_nan_are_no_values(prometheus: Prometheus, clock: _Clock, query: str) -> None:
    _scrape(prometheus, clock, "a 1")
    with pytest.raises(NoValuesFound, match=r"^no values found$"):
        prometheus.query(query)


def test_refusals_are_prometheus_own(prometheus: Prometheus, clock: _Clock) -> None:
    _scrape(prometheus, clock, 'a{x="1"} 1\na{x="2"} 2\nb{x="1"} 2\n')
    with pytest.raises(QueryFailed) as failed:
        prometheus.query("sum(rate(a[]))")
    assert str(failed.value) == (
        'error response: Status 400 Bad Request: {"status":"error","errorType":"bad_data","error":'
        '"invalid parameter \\"query\\": 1:12: parse error: unexpected \\"]\\" in subquery or range'
        ' selector, expected number, duration, step(), or range()"}'
    )
    with pytest.raises(QueryFailed) as failed:
        prometheus.query("a < <no value>")
    assert "unexpected \\u003cop:\\u003c\\u003e" in str(failed.value)
    with pytest.raises(QueryFailed) as failed:
        prometheus.query("b * on() a")
    assert str(failed.value).startswith(
        'error response: Status 422 Unprocessable Entity: {"status":"error","errorType":"execution"'
        ',"error":"found duplicate series for the match group {} on the right hand-side'
    )
    with pytest.raises(QueryFailed) as failed:
        prometheus.query('a{x=~"("}')
    assert "error parsing regexp: missing closing ): `(`" in str(failed.value)


def test_what_we_cannot_is_said_in_our_own_name(prometheus: Prometheus) -> None:
    with pytest.raises(QueryFailed, match=r"^a rehearsal cannot evaluate this query: "):
        prometheus.query("histogram_fraction(0, 1, a)")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("1 + 1", "json: cannot unmarshal number into Go struct field .Data.Result of type struct"),
        ('"a"', '"resultType":"string"'),
        ("time()", '"resultType":"scalar"'),
        ("a[1m]", "query returned multiple values"),
    ],
)
def test_other_results_than_vectors(
    prometheus: Prometheus, clock: _Clock, query: str, text: str
) -> None:
    _scrape(prometheus, clock, "a 1")
    with pytest.raises(QueryFailed) as failed:
        prometheus.query(query)
    assert text in str(failed.value)
    assert not isinstance(failed.value, NoValuesFound)


def test_a_range_of_nothing_is_no_values(prometheus: Prometheus) -> None:
    with pytest.raises(NoValuesFound):
        prometheus.query("nothing[1m]")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30) | st.text(alphabet='a{}[]()"=~+-*/ 1m,by<>', max_size=30))
def test_nothing_but_a_port_error_leaves(query: str) -> None:
    prometheus, clock = Prometheus(_Clock()), _Clock()
    _scrape(prometheus, clock, "a 1")
    try:
        value = prometheus.query(query)
    except PortError:
        return
    assert isinstance(value, float)


def test_time_is_the_rehearsal_s_own(prometheus: Prometheus, clock: _Clock) -> None:
    _scrape(prometheus, clock, "a 1", "a 2")
    assert prometheus.query("vector(time())") == pytest.approx(EPOCH_S + 10)
    assert prometheus.query("timestamp(a)") == pytest.approx(EPOCH_S + 10)


def test_time_stamps_of_the_page_are_passed_over(prometheus: Prometheus, clock: _Clock) -> None:
    _scrape(prometheus, clock, "a 1 1000", "a 2 1000")
    assert prometheus.query("a") == 2.0
    assert prometheus.query("count_over_time(a[1m])") == 2.0


def test_a_series_that_is_missing_from_a_scrape_has_ended(
    prometheus: Prometheus, clock: _Clock
) -> None:
    _scrape(prometheus, clock, "a 1\nb 1", "b 2")
    with pytest.raises(NoValuesFound):
        prometheus.query("a")
    assert prometheus.query("b") == 2.0
    _scrape(prometheus, clock, "a 5\nb 3")
    assert prometheus.query("a") == 5.0


def test_a_failed_scrape_ends_the_series_of_its_target(
    prometheus: Prometheus, clock: _Clock
) -> None:
    _scrape(prometheus, clock, "a 1")
    assert prometheus.query("up") == 1.0
    clock.now_s += 5
    prometheus.fail("t", LABELS, clock.now_s)
    assert prometheus.query("up") == 0.0
    with pytest.raises(NoValuesFound):
        prometheus.query("a")


def test_a_target_that_is_gone_takes_its_series_along(
    prometheus: Prometheus, clock: _Clock
) -> None:
    _scrape(prometheus, clock, "a 1", "a 2")
    clock.now_s += 5
    prometheus.drop_all_but([], clock.now_s)
    with pytest.raises(NoValuesFound):
        prometheus.query("a")
    assert prometheus.query("increase(a[1m])") > 0


def test_what_is_old_is_forgotten_and_comes_back(prometheus: Prometheus, clock: _Clock) -> None:
    _scrape(prometheus, clock, "a 1")
    clock.now_s += 2000
    prometheus.drop_all_but(["t"], clock.now_s)
    with pytest.raises(NoValuesFound):
        prometheus.query("a offset 2000s")
    _scrape(prometheus, clock, "a 2")
    assert prometheus.query("a") == 2.0
    assert "1 series" in "\n".join(prometheus.explain("a").lines())


def test_samples_of_another_source(prometheus: Prometheus, clock: _Clock) -> None:
    for count in (0.0, 10.0):
        clock.now_s += 5
        sample = Sample({"__name__": "m", "code": "200"}, count)
        prometheus.take_samples("mesh", [sample], clock.now_s)
    assert prometheus.query("increase(m[10s])") == pytest.approx(10.0)


@pytest.mark.slow
def test_a_page_without_end_is_dropped(prometheus: Prometheus, clock: _Clock) -> None:
    page = "\n".join(f'a{{x="{i}"}} 1' for i in range(MOST_SERIES_OF_A_TARGET + 2))
    with pytest.raises(ScrapeError, match="more than 20000 lines"):
        _scrape(prometheus, clock, page)


def test_new_series_are_refused_when_there_are_too_many(
    prometheus: Prometheus, clock: _Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rehearsal.live.scraping.prometheus.MOST_SERIES", 3)
    _scrape(prometheus, clock, "\n".join(f'a{{x="{i}"}} 1' for i in range(10)))
    assert prometheus.query("count(a)") == 3.0


def test_lines_that_are_known_may_go_bad(prometheus: Prometheus, clock: _Clock) -> None:
    _scrape(prometheus, clock, "a 1\nb 1", "a\nb x", "a 1 # {} 5\nb 2")
    assert prometheus.query("a") == 1.0
    assert prometheus.query("b") == 2.0
