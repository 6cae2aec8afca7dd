"""What would be better: promises that are kept by what is proposed."""

from __future__ import annotations

import pytest

from rehearsal.flagger.canary.model import Canary
from rehearsal.probability import TEXTBOOK, Fault, Setting, odds
from rehearsal.probability.changes import apply_changes, possible_changes
from rehearsal.probability.promises import parse_promise
from rehearsal.probability.search import Better, find_better
from tests.rehearsal.specs import canary, hook, success_rate

CATCH, SPARE = parse_promise("catch", "errors>=2%:95%"), parse_promise("spare", "errors<=0.1%:1%")


def weighted(**plan: object) -> Canary:
    plan = {"stepWeight": 5, "maxWeight": 15, "threshold": 1, **plan}
    return canary({"provider": "istio"}, metrics=[success_rate(interval="1m")], **plan)


def check(before: Canary, better: Better, setting: Setting) -> None:
    """The changed Canary keeps what is promised, computed anew."""
    after = apply_changes(before, better.changes)
    broken, healthy = odds(
        after, [better.traffic_per_s], [Fault(CATCH.error_share), Fault(SPARE.error_share)], setting
    ).rows
    assert CATCH.is_kept(broken.rolled_back)
    assert SPARE.is_kept(healthy.rolled_back)
    assert (broken, healthy) == (better.then.broken, better.then.healthy)


@pytest.mark.slow
@pytest.mark.parametrize("setting", [TEXTBOOK, Setting()])
@pytest.mark.parametrize("traffic", [3, 12])
def test_what_is_proposed_keeps_both_promises(setting: Setting, traffic: float) -> None:
    before = weighted()
    better = find_better(before, CATCH, SPARE, traffic, setting)
    assert better.keeps
    assert better.changes
    assert not better.kept_already
    assert len({change.dimension for change in better.changes}) == len(better.changes)
    check(before, better, setting)


def test_nothing_is_changed_where_both_are_kept() -> None:
    better = find_better(weighted(threshold=2), CATCH, SPARE, 50, TEXTBOOK)
    assert better.kept_already
    assert better.changes == ()
    assert better.now == better.then


def test_the_threshold_alone_is_enough_where_it_is() -> None:
    better = find_better(weighted(), CATCH, SPARE, 50, TEXTBOOK)
    assert [change.text for change in better.changes] == ["threshold 1 → 2"]


def test_more_load_is_proposed_only_where_it_meets_faults() -> None:
    def loaded(path: str) -> Canary:
        command = f"hey -z 1m -q 1 -c 1 http://detail-canary.flagger:3000{path}"
        tester = "http://flagger-loadtester.flagger/"
        load = hook("load", "rollout", url=tester, metadata={"cmd": command})
        return weighted(webhooks=[load])

    reads = possible_changes(loaded("/read"), CATCH, SPARE, "istio")
    pings = possible_changes(loaded("/ping"), CATCH, SPARE, "istio")
    assert {one.dimension for one in reads} - {one.dimension for one in pings} == {"load"}
    (first, *_) = [one for one in reads if one.dimension == "load"]
    assert first.edits[0].words == ("-q 1", "-q 2")


def test_what_cannot_be_kept_is_said_with_the_nearest() -> None:
    hopeless = canary(
        {"provider": "kubernetes"}, iterations=2, threshold=1, metrics=[success_rate()]
    )
    better = find_better(hopeless, CATCH, SPARE, 5, Setting())
    assert not better.keeps
    assert better.then.healthy.rolled_back == 1.0
    assert [need.name for need in better.needs] == ["fixed", "SPRT", "anytime-valid"]
