"""The odds of whole Canaries: orientation, ends, quantiles, and what never ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller import Flags
from rehearsal.manifests import as_canary, load_manifests, shipped_manifests
from rehearsal.probability import (
    TEXTBOOK,
    Fault,
    Latency,
    Odds,
    Setting,
    chance_of_rollback,
    counting,
    odds,
    odds_of,
    subject_of,
)
from rehearsal.probability.odds import wilson_interval
from tests.rehearsal.specs import canary, duration, hook, success_rate


@pytest.fixture(scope="module")
def tutorial() -> Canary:
    path = shipped_manifests() / "overlays/appmesh/canary.yaml"
    return as_canary(load_manifests([path]).choose_canary())


@pytest.mark.parametrize(
    ("traffic", "errors", "threshold", "rolled_back"),
    [(5, 0.001, 1, 0.086), (5, 0.02, 1, 0.838), (25, 0.01, 1, 0.840), (1, 0.02, 5, 0.0)],
)
def test_plain_binomials_of_the_tutorial(
    tutorial: Canary, traffic: float, errors: float, threshold: int, rolled_back: float
) -> None:
    """At 5/s the checks see 15, 30 and 45 requests, and pass without a failure."""
    subject = subject_of(tutorial, setting=TEXTBOOK).with_limit(threshold)
    row = odds_of(subject, traffic, Fault(errors), TEXTBOOK)
    assert row.rolled_back == pytest.approx(rolled_back, abs=0.0006)
    assert row.promoted == pytest.approx(1 - row.rolled_back)
    assert (row.method, row.stuck) == ("exact", 0.0)


def test_ninety_requests_without_a_failure(tutorial: Canary) -> None:
    (row,) = odds(tutorial, [5], [Fault(0.02)], TEXTBOOK).rows
    assert row.promoted == pytest.approx(0.98**90, rel=1e-9)
    assert chance_of_rollback(tutorial, 5, 0.02, setting=TEXTBOOK) == row.rolled_back


def test_the_load_on_a_health_path_dilutes_the_errors(tutorial: Canary) -> None:
    alone = chance_of_rollback(tutorial, 5, 0.05, setting=Setting(hook_load=False))
    diluted = chance_of_rollback(tutorial, 5, 0.05, setting=Setting())
    failing = chance_of_rollback(tutorial, 5, 0.05, setting=Setting(hooks_meet_faults=True))
    assert diluted < 0.2 < alone < failing
    (note,) = [one for one in odds(tutorial, [5], []).notes if "health path" in one]
    assert note.startswith("webhook load test: its 10/s")


def test_what_users_meet_until_a_sure_rollback() -> None:
    """All fail: the check after the first interval at 10 % sees it, the tick after that ends it."""
    subject = subject_of(canary({"provider": "istio"}, metrics=[success_rate()], threshold=1))
    row = odds_of(subject, 10, Fault(1.0), TEXTBOOK)
    assert (row.rolled_back, row.rollback_s, row.promotion_s) == (1.0, 180.0, None)
    assert row.failed_requests == pytest.approx(10 * 0.1 * 120)
    assert 120 < row.failed_requests_p95 < 145


def test_a_promoted_fault_meets_all_users_while_the_promotion_lasts() -> None:
    subject = subject_of(canary({"provider": "istio"}, stepWeight=50, metrics=[]))
    row = odds_of(subject, 2, Fault(0.5), TEXTBOOK)
    exposed = 60 * (0.5 + 1.0) + 60 * (1.0 + 1.0)
    assert (row.promoted, row.promotion_s) == (1.0, 300.0)
    assert row.failed_requests == pytest.approx(2 * 0.5 * exposed)


def test_skip_analysis_promotes_everything_at_once() -> None:
    subject = subject_of(
        canary({"provider": "istio", "skipAnalysis": True}, metrics=[success_rate()])
    )
    row = odds_of(subject, 5, Fault(1.0), Setting())
    assert (row.promoted, row.promotion_s) == (1.0, 60.0)
    assert "skipAnalysis: nothing is checked" in subject.notes


STUCK: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("a step of zero", {}, {"stepWeight": 0}),
    (
        "a mirror that is never read back",
        {"provider": "traefik"},
        {"stepWeight": 20, "mirror": True},
    ),
    ("no gateway", {"provider": "gatewayapi:v1"}, {}),
    ("suspended", {"suspend": True}, {}),
]


@pytest.mark.parametrize(("name", "spec", "plan"), STUCK, ids=[name for name, _, _ in STUCK])
def test_what_never_ends_is_stuck(name: str, spec: dict[str, Any], plan: dict[str, Any]) -> None:
    subject = subject_of(canary({"provider": "istio", **spec}, metrics=[success_rate()], **plan))
    for samples in (0, 50):
        row = odds_of(subject, 5, Fault(0.5), Setting(), samples=samples)
        assert (row.stuck, row.rolled_back, row.promoted, row.verdict_s) == (1.0, 0.0, 0.0, None)
    assert any("never" in note or "no run ever begins" in note for note in subject.notes)


def test_weights_that_stop_growing_are_checked_until_they_fail() -> None:
    subject = subject_of(
        canary({"provider": "istio"}, stepWeights=[50, 10], metrics=[success_rate()], threshold=2)
    )
    assert subject.plan.is_endless
    row = odds_of(subject, 20, Fault(0.02), Setting())
    assert row.rolled_back > 0.99
    healthy = odds_of(subject, 20, Fault(0.0), Setting(horizon_s=3600))
    assert healthy.stuck == pytest.approx(1.0)


def test_a_window_below_two_scrapes_never_has_values() -> None:
    plan = {"interval": "30s", "metrics": [success_rate(interval="20s")], "threshold": 3}
    subject = subject_of(canary({"provider": "istio"}, **plan))
    row = odds_of(subject, 100, Fault(0.0), Setting(scrape_s=30))
    assert row.rolled_back == pytest.approx(1.0)
    assert row.rollback_s == 30 * (1 + 3 + 1)


def test_a_metric_without_a_query_fails_every_check() -> None:
    subject = subject_of(canary({"provider": "istio"}, metrics=[{"name": "mine"}], threshold=2))
    row = odds_of(subject, 5, Fault(0.0), Setting())
    assert (row.rolled_back, row.rollback_s) == (1.0, 60 * 4)
    assert "metric mine always fails: it has neither a query nor a template" in subject.notes


def test_no_users_reach_blue_green_on_kubernetes() -> None:
    plan = {"iterations": 3, "metrics": [success_rate()], "threshold": 1}
    subject = subject_of(canary({"provider": "kubernetes"}, **plan))
    row = odds_of(subject, 100, Fault(0.0), Setting())
    assert (row.rolled_back, row.failed_requests) == (1.0, 0.0)
    probed = odds_of(subject, 100, Fault(0.0), Setting(probes_per_s=1))
    assert probed.promoted == pytest.approx(1.0)


def test_only_the_matched_share_meets_an_ab_test() -> None:
    match = [{"headers": {"x-canary": {"exact": "yes"}}}]
    plan = {"iterations": 2, "match": match, "metrics": [success_rate()], "threshold": 1}
    setting = replace(TEXTBOOK, matched_share=0.1)
    subject = subject_of(canary({"provider": "istio"}, **plan), setting=setting)
    row = odds_of(subject, 10, Fault(1.0), setting)
    assert row.failed_requests == pytest.approx(10 * 0.1 * 120)


def test_a_mirror_is_judged_and_harms_nobody() -> None:
    plan = {"iterations": 2, "mirror": True, "metrics": [success_rate()], "threshold": 1}
    subject = subject_of(canary({"provider": "istio"}, **plan))
    row = odds_of(subject, 10, Fault(1.0), TEXTBOOK)
    assert (row.rolled_back, row.failed_requests) == (1.0, 0.0)


def test_a_canary_without_a_provider_takes_flaggers_flag() -> None:
    nameless = canary({"provider": None}, iterations=1, metrics=[success_rate()], threshold=1)
    traefik = subject_of(nameless, flags=Flags(mesh_provider="kubernetes"))
    istio = subject_of(nameless)
    assert traefik.plan != istio.plan


@pytest.mark.slow
def test_several_pods_are_sampled_and_lose_more_first_failures() -> None:
    plan = {"stepWeight": 20, "maxWeight": 40, "metrics": [success_rate()], "threshold": 1}
    subject = subject_of(canary({"provider": "istio"}, **plan))
    one = odds_of(subject, 20, Fault(0.01), Setting(), samples=1500)
    many = odds_of(subject, 20, Fault(0.01), Setting(replicas=8), samples=1500)
    assert (many.method, many.samples) == ("sampled", 1500)
    assert many.interval is not None
    assert one.interval is not None
    assert many.interval[1] < one.interval[0]


def test_latency_is_sampled_and_needs_a_check_of_durations() -> None:
    plan = {"stepWeight": 50, "metrics": [duration(500)], "threshold": 1}
    table = odds(
        canary({"provider": "istio"}, **plan),
        [20],
        [Fault(0.0, Latency(0.05, 0.1)), Fault(0.0, Latency(0.6, 0.9)), Fault(0.5)],
        samples=200,
    )
    quick, slow, failing = table.rows
    assert (quick.rolled_back, slow.rolled_back, failing.rolled_back) == (0.0, 1.0, 0.0)
    assert any("durations are taken to be within" in note for note in table.notes)


@pytest.mark.slow
def test_a_mean_of_durations_is_judged_for_nginx() -> None:
    spec = {
        "provider": "nginx",
        "ingressRef": {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": "detail"},
    }
    subject = subject_of(canary(spec, stepWeight=50, metrics=[duration(500)], threshold=1))
    tail = Fault(0.0, Latency(0.05, 2.0))
    slow = Fault(0.0, Latency(0.6, 2.0))
    assert odds_of(subject, 20, tail, Setting(), samples=200).rolled_back < 0.1
    assert odds_of(subject, 20, slow, Setting(), samples=200).rolled_back == 1.0


@pytest.mark.slow
def test_chances_add_up_and_are_monotone_in_the_errors() -> None:
    subject = subject_of(
        canary({"provider": "istio"}, interval="30s", metrics=[success_rate()], threshold=2)
    )
    rows = [odds_of(subject, 20, Fault(p), Setting()) for p in (0, 0.01, 0.2)]
    for row in rows:
        assert row.rolled_back + row.promoted + row.stuck == pytest.approx(1.0, abs=1e-6)
    chances = [row.rolled_back for row in rows]
    assert chances == sorted(chances)


def test_a_seed_repeats_a_sample() -> None:
    subject = subject_of(canary({"provider": "istio"}, metrics=[success_rate()], threshold=1))

    def draw(seed: int) -> Odds:
        return odds_of(subject, 5, Fault(0.02), Setting(), samples=300, seed=seed)

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)


def test_load_of_webhooks_ends_with_its_duration() -> None:
    """A load of half an interval leaves the window of the next check half empty."""
    command = "hey -z 20s -q 1 -c 1 http://detail-canary.flagger:3000/read"
    loaded = hook(
        "load", "rollout", url="http://flagger-loadtester.flagger/", metadata={"cmd": command}
    )
    plan = {"iterations": 3, "webhooks": [loaded], "metrics": [success_rate(interval="30s")]}
    subject = subject_of(canary({"provider": "kubernetes"}, interval="60s", threshold=9, **plan))
    assert odds_of(subject, 1, Fault(0.0), Setting()).rolled_back == pytest.approx(1.0)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 1.0])
def test_wilsons_interval_holds_the_share(share: float) -> None:
    low, high = wilson_interval(share, 400)
    assert 0 <= low <= share <= high <= 1
    assert high - low < 0.1


def test_failures_counted_in_units_change_little(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = canary(metrics=[success_rate(99)])
    faults = [Fault(share) for share in (0.008, 0.01, 0.012)]
    exact = odds(spec, [300], faults).rows
    monkeypatch.setattr(counting, "MOST_UNITS", 40)
    in_units = odds(spec, [300], faults).rows
    assert [row.method for row in (*exact, *in_units)] == ["exact"] * 3 + ["approximate"] * 3
    for one, other in zip(exact, in_units, strict=True):
        assert one.rolled_back == pytest.approx(other.rolled_back, abs=0.02)


def test_a_huge_threshold_under_huge_traffic_has_odds() -> None:
    spec = canary(metrics=[success_rate(99)], threshold=10_000)
    healthy, broken = odds(spec, [100_000], [Fault(0.001), Fault(0.05)]).rows
    assert healthy.promoted == pytest.approx(1.0)
    assert broken.stuck == pytest.approx(1.0, abs=1e-3)


def test_overlapping_windows_of_many_failures_are_sampled() -> None:
    metric = success_rate(99.9) | {"interval": "5m"}
    (row,) = odds(canary(metrics=[metric]), [2000], [Fault(0.01)], samples=0).rows
    assert row.method == "sampled"
    assert row.interval is not None
    assert row.rolled_back > 0.9
