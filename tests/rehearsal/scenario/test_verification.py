import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.recording import Record
from rehearsal.recording.records import TrafficRecord, WeightRecord
from rehearsal.scenario.outcome import StepOutcome, StepState, TrafficSummary, overall_state
from rehearsal.scenario.step import Expectations, Step
from rehearsal.scenario.verification import doubt_share, verify_step
from tests.rehearsal.specs import canary


@pytest.mark.parametrize(
    ("weight", "primary", "hits", "doubted"),
    [
        (10, 90, 10, False),
        (10, 200, 0, True),
        (10, 60, 40, True),
        (5, 57, 3, False),
        (100, 0, 50, False),
        (100, 1, 49, True),
        (50, 10, 10, False),
    ],
)
def test_a_share_is_doubted_when_chance_can_hardly_have_made_it(
    weight: int, primary: int, hits: int, doubted: bool
) -> None:
    said = doubt_share(weight, Counter(primary=primary, canary=hits))
    assert (said is not None) is doubted
    if said:
        assert said == f"at weight {weight}, {hits} of {primary + hits} requests reached the canary"


def test_no_requests_are_no_evidence() -> None:
    assert doubt_share(5, Counter(failed=3)) == "no requests were observed at weight 5"


@given(st.integers(1, 99), st.integers(50, 2000))
def test_the_expected_share_is_never_doubted(weight: int, total: int) -> None:
    hits = round(total * weight / 100)
    assert doubt_share(weight, Counter(canary=hits, primary=total - hits)) is None


@given(st.integers(5, 95), st.integers(500, 2000))
def test_eight_deviations_are_always_doubted(weight: int, total: int) -> None:
    share = weight / 100
    off = math.ceil(8 * math.sqrt(total * share * (1 - share)))
    hits = round(total * share) + (off if share < 0.5 else -off)
    assert doubt_share(weight, Counter(canary=hits, primary=total - hits)) is not None


def _outcome(records: list[Record]) -> StepOutcome:
    outcome = StepOutcome(Step("s", "s", expect=Expectations(weights=True)))
    outcome.traffic = TrafficSummary.of(records)
    return outcome


SHARED = WeightRecord(0.0, "detail.flagger", 90, 10)


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([], []),
        ([WeightRecord(0.0, "detail.flagger", 100, 0)], []),
        ([WeightRecord(0.0, "detail.flagger", 0, 100, matched=True)], []),
        ([SHARED], ["no requests were observed while the canary had a share of the traffic"]),
        ([SHARED, TrafficRecord(0.0, 10, 100, 0, {"primary": 90, "canary": 10})], []),
        (
            [SHARED, TrafficRecord(0.0, 10, 200, 0, {"primary": 200})],
            ["at weight 10, 0 of 200 requests reached the canary"],
        ),
    ],
)
def test_weights_are_checked_where_there_were_any(records: list[Record], said: list[str]) -> None:
    assert verify_step(_outcome(records), records, canary(), "istio", "") == said


def test_traffic_is_summed_by_weight() -> None:
    records = [
        TrafficRecord(0.0, 5, 10, 1, {"primary": 9, "canary": 1}, ("a",)),
        TrafficRecord(1.0, 5, 10, 0, {"primary": 10}),
        TrafficRecord(2.0, None, 4, 2, {"failed": 2, "primary": 2}, ("b",)),
    ]
    found = TrafficSummary.of(records)
    assert (found.requests, found.failures, found.examples) == (24, 3, ["a", "b"])
    assert found.by_weight == {5: Counter(primary=19, canary=1)}


@pytest.mark.parametrize(
    ("states", "overall"),
    [
        (["passed", "passed"], "passed"),
        (["passed", "failed", "not run"], "failed"),
        (["failed", "inconclusive"], "failed"),
        (["inconclusive", "unfinished"], "inconclusive"),
        (["passed", "unfinished", "not run"], "unfinished"),
        (["passed", "not run"], "not run"),
        ([], "not run"),
    ],
)
def test_the_whole_is_as_good_as_its_worst_step(states: list[StepState], overall: str) -> None:
    outcomes = [StepOutcome(Step("s", "s"), state) for state in states]
    assert overall_state(outcomes) == overall
