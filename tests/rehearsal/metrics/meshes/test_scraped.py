"""For every provider: known counts in, and its own builtin queries give the right answers."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal.flagger.controller.templates import Model, collapse, render
from rehearsal.flagger.providers import NAMES, PROVIDERS, queries_of, series_of
from rehearsal.flagger.providers.series import Subject
from rehearsal.metrics.meshes import BUCKETS_MS, EnvoyCounts, RequestCounter, scraped
from rehearsal.metrics.promql import evaluate
from rehearsal.metrics.quantile import histogram_quantile
from rehearsal.metrics.series import SeriesStore

MESHES = sorted(set(NAMES) - {"kubernetes"} - {n for n in NAMES if n.startswith("gatewayapi")})
MEANS = ("nginx", "skipper")
MODEL = Model("canary", "demo", "detail", "catalog", "shop.web", "route-1", "1m")
SCRAPE_S = 5
FAST_MS, SLOW_MS = 20.0, 700.0


def _subject(*, is_canary: bool, pod: str = "") -> Subject:
    return Subject(
        namespace="demo",
        target="detail",
        apex="catalog",
        is_canary=is_canary,
        port=3000,
        ingress="shop.web",
        route="route-1",
        pod=pod,
        labels={"app": "detail", "app.kubernetes.io/name": "detail"},
    )


def _counts(good: float, bad: float, slow_share: float = 0.0) -> EnvoyCounts:
    """So many requests, all timed: the fast at 20 ms, the slow at 700 ms."""
    total = good + bad
    fast = total * (1 - slow_share)
    buckets = {
        bound: (fast if bound >= FAST_MS else 0.0) + (total - fast if bound >= SLOW_MS else 0.0)
        for bound in (*BUCKETS_MS, math.inf)
    }
    sum_ms = fast * FAST_MS + (total - fast) * SLOW_MS
    return EnvoyCounts({"200": good, "503": bad}, buckets, sum_ms)


def _scraped(provider: str, good_per_s: float, bad_per_s: float, slow: float) -> SeriesStore:
    """Two minutes of a canary with two pods (or one service), and of a primary that only fails."""
    store = SeriesStore()
    subjects = {
        "pod": [
            _subject(is_canary=True, pod="detail-6b7d9c-abcde"),
            _subject(is_canary=True, pod="detail-6b7d9c-fghij"),
            _subject(is_canary=False, pod="detail-primary-7f8e-vwxyz"),
        ],
        "service": [_subject(is_canary=True), _subject(is_canary=False)],
    }
    for series in series_of(provider):
        for subject in subjects[series.measured]:
            requests = RequestCounter()
            for at_s in range(0, 121, SCRAPE_S):
                good = good_per_s * at_s if subject.is_canary else 0.0
                bad = bad_per_s * at_s if subject.is_canary else 50.0 * at_s
                requests.observe(_counts(good, bad, slow if subject.is_canary else 1.0))
                for sample in scraped(series, subject, requests):
                    store.append(sample.labels, at_s, sample.value)
    return store


def _asked(provider: str, store: SeriesStore) -> tuple[float, float]:
    """Success rate in percent and duration in ms, by the provider's own queries."""
    queries = queries_of(provider)
    model = queries.adapt(MODEL)
    values = []
    for template in (queries.success_rate, queries.duration):
        answer = evaluate(collapse(render(template, model)), store, 120)
        assert isinstance(answer, list)
        values.append(answer[-1].value)
    return values[0], values[1] * queries.ms_per_unit


@pytest.mark.parametrize("provider", MESHES)
def test_the_builtin_queries_of_every_provider(provider: str) -> None:
    success, duration_ms = _asked(provider, _scraped(provider, 9, 1, slow=0.05))
    assert success == pytest.approx(90.0)
    if provider in MEANS:
        assert duration_ms == pytest.approx(0.95 * FAST_MS + 0.05 * SLOW_MS)
    else:
        (series,) = (d for d in series_of(provider) if d.histogram)
        bounds = series.bounds_ms
        shares = [(b, 0.95 * (b >= FAST_MS) + 0.05 * (b >= SLOW_MS)) for b in (*bounds, math.inf)]
        assert duration_ms == pytest.approx(histogram_quantile(0.99, shares))


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(MESHES),
    st.integers(1, 200),
    st.integers(1, 200),
    st.sampled_from([0.0, 0.02, 0.5]),
)
def test_any_counts(provider: str, good: int, bad: int, slow: float) -> None:
    success, _ = _asked(provider, _scraped(provider, good, bad, slow))
    assert success == pytest.approx(good / (good + bad) * 100)


@pytest.mark.parametrize("provider", MESHES)
def test_only_failures_are_no_values(provider: str) -> None:
    """As on a cluster: no series of good requests was ever born."""
    store = SeriesStore()
    for series in series_of(provider):
        requests = RequestCounter()
        for at_s in range(0, 121, SCRAPE_S):
            counts = _counts(0, 10.0 * at_s)
            requests.observe(EnvoyCounts({"503": counts.codes["503"]}, counts.buckets))
            subject = _subject(is_canary=True, pod="detail-6b7d9c-abcde")
            for sample in scraped(series, subject, requests):
                store.append(sample.labels, at_s, sample.value)
    queries = queries_of(provider)
    query = collapse(render(queries.success_rate, queries.adapt(MODEL)))
    assert evaluate(query, store, 120) == []


def test_every_provider_with_queries_of_a_mesh_has_its_series() -> None:
    for one in PROVIDERS:
        if one.source == "mesh":
            assert bool(one.series) == (one.queries is not None)


def test_a_gateway_api_s_templates_find_istio_s_and_linkerd_s_series() -> None:
    names = {series.counter for series in series_of("gatewayapi:v1")}
    assert {"istio_requests_total", "response_total"} <= names
    assert series_of("kubernetes") == ()


@pytest.mark.parametrize("provider", MESHES)
def test_each_series_s_bounds_are_counted(provider: str) -> None:
    for series in series_of(provider):
        assert set(series.bounds_ms) <= set(BUCKETS_MS)


def test_other_bounds_than_ours_are_passed_on() -> None:
    requests = RequestCounter()
    requests.observe(EnvoyCounts({"200": 3.0}, {7.7: 2.0, math.inf: 3.0}, 30.0))
    (series, _) = series_of("linkerd")
    subject = _subject(is_canary=True, pod="p")
    found = {
        s.labels["le"]: s.value for s in scraped(series, subject, requests) if "le" in s.labels
    }
    assert found == {"7.7": 2.0, "+Inf": 3.0}
