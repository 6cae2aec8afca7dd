import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.metrics.meshes import EnvoyCounts, RequestCounter, read_envoy

TEXT = """\
# TYPE envoy_cluster_upstream_rq counter
envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="detail-1"} 12
envoy_cluster_upstream_rq{envoy_response_code="503",envoy_cluster_name="detail-1"} 3
envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="demo_detail-canary"} 7
# TYPE envoy_cluster_upstream_rq_time histogram
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="detail-1",le="0.5"} 2
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="detail-1",le="+Inf"} 15
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="detail-1",le="x"} 15
envoy_cluster_upstream_rq_time_sum{envoy_cluster_name="detail-1"} 150.5
envoy_cluster_upstream_rq_time_count{envoy_cluster_name="detail-1"} 15
envoy_server_uptime 5
"""


def _counts(codes: dict[str, float], *, below_10: float, above: float = 0.0) -> EnvoyCounts:
    buckets = {10.0: below_10, math.inf: below_10 + above}
    return EnvoyCounts(codes, buckets, below_10 * 5 + above * 50)


def test_envoy_s_statistics_are_read() -> None:
    found = read_envoy(TEXT)
    assert found == {
        "detail-1": EnvoyCounts({"200": 12, "503": 3}, {0.5: 2, math.inf: 15}, 150.5),
        "demo_detail-canary": EnvoyCounts({"200": 7}),
    }


def test_times_are_shared_by_the_codes_of_a_scrape() -> None:
    requests = RequestCounter()
    requests.observe(_counts({"200": 30, "500": 10}, below_10=20, above=20))
    assert requests.by_code["200"].buckets == {10.0: 15.0, math.inf: 30.0}
    assert requests.by_code["500"].buckets == {10.0: 5.0, math.inf: 10.0}
    requests.observe(_counts({"200": 30, "500": 20}, below_10=30, above=20))
    assert requests.by_code["200"].buckets == {10.0: 15.0, math.inf: 30.0}
    assert requests.by_code["500"].buckets == {10.0: 15.0, math.inf: 20.0}


def test_times_that_come_late_belong_to_the_requests_before() -> None:
    requests = RequestCounter()
    requests.observe(_counts({"200": 10}, below_10=0))
    assert requests.by_code["200"].codes == {"200": 0.0}
    requests.observe(_counts({"200": 10, "500": 10}, below_10=10))
    assert requests.by_code["200"].codes == {"200": 10.0}
    assert requests.by_code["500"].codes == {"500": 0.0}
    requests.observe(_counts({"200": 10, "500": 10}, below_10=20))
    assert requests.by_code["500"].codes == {"500": 10.0}


def test_times_that_come_early_wait_for_their_requests() -> None:
    requests = RequestCounter()
    requests.observe(_counts({}, below_10=10))
    assert requests.by_code == {}
    requests.observe(_counts({"200": 10}, below_10=10))
    assert requests.by_code["200"].buckets == {10.0: 10.0, math.inf: 10.0}
    assert requests.by_code["200"].sum_ms == pytest.approx(50.0)


def test_requests_that_never_get_a_time_were_quick() -> None:
    requests = RequestCounter()
    requests.observe(_counts({"503": 8}, below_10=0))
    for count in range(1, 5):
        requests.observe(_counts({"503": 8 + count}, below_10=0))
    assert requests.by_code["503"].codes["503"] >= 8
    assert requests.by_code["503"].buckets[10.0] >= 8


def test_counts_that_begin_anew_go_on() -> None:
    requests = RequestCounter()
    requests.observe(_counts({"200": 10}, below_10=10))
    requests.observe(_counts({"200": 4}, below_10=4))
    assert requests.by_code["200"].codes["200"] == 14.0
    assert requests.by_code["200"].buckets == {10.0: 14.0, math.inf: 14.0}


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50)),
        min_size=1,
        max_size=30,
    )
)
def test_series_only_rise_and_lose_nothing(steps: list[tuple[int, int, int]]) -> None:
    requests, good, bad, timed = RequestCounter(), 0, 0, 0
    before: dict[str, float] = {}
    for more_good, more_bad, more_timed in steps:
        good, bad = good + more_good, bad + more_bad
        timed = min(timed + more_timed, good + bad)
        requests.observe(_counts({"200": good, "500": bad}, below_10=timed))
        now = {code: c.codes[code] for code, c in requests.by_code.items()}
        assert all(value >= before.get(code, 0.0) - 1e-6 for code, value in now.items())
        for code, counts in requests.by_code.items():
            assert counts.timed == pytest.approx(now[code])
        assert sum(now.values()) <= good + bad + 1e-6
        assert sum(now.values()) >= timed - 1e-6
        before = now
