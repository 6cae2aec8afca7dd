import re
from collections import Counter

import pytest

from rehearsal.flagger.canary.model import Canary, CanarySpec
from rehearsal.flagger.controller.ports import Event
from rehearsal.scenario.expectations import difference, messages, over, share_doubt
from rehearsal.scenario.step import Act, SetImage

ACT = Act("a", "an act", SetImage("2.0"), (r"Starting", r"rate \d+%", r"Promotion completed!"), "2")


def _canary() -> Canary:
    spec = {
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "detail"},
        "service": {"port": 3000},
        "analysis": {"interval": "1m", "threshold": 1, "stepWeight": 5},
    }
    return Canary("detail", "flagger", CanarySpec.model_validate(spec))


def test_readiness_and_chatter_are_left_out() -> None:
    canary = _canary()
    events = [
        Event("Normal", 0, "all the metrics providers are available!", canary),
        Event(
            "Warning",
            1,
            "canary deployment detail.flagger not ready: waiting for rollout to finish: 0 of 2",
            canary,
        ),
        Event("Normal", 2, "Starting", canary),
    ]
    assert messages(events) == ["Starting"]


def test_what_was_told_does_not_differ() -> None:
    assert difference(ACT, ["Starting", "rate 99%", "Promotion completed!"]) is None


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ([], "expected 'Starting', and nothing came"),
        (["Starting", "rate x%"], r"expected 'rate d\+%', got 'rate x%'"),
        (["Starting", "rate 1%", "Promotion completed!", "More"], "nothing more .* got 'More'"),
    ],
)
def test_a_difference_is_one_sentence(said: list[str], complaint: str) -> None:
    found = difference(ACT, said)
    assert found is not None
    assert re.search(complaint, found)


@pytest.mark.parametrize(
    ("said", "ended"),
    [
        (["Starting"], False),
        (["Starting", "rate 1%", "Promotion completed!"], True),
        (["Starting", "Canary failed! Scaling down detail.flagger"], True),
    ],
)
def test_an_act_is_over_as_told_or_otherwise(said: list[str], ended: bool) -> None:
    assert over(ACT, said) is ended


def test_a_plausible_share_is_not_doubted() -> None:
    assert share_doubt(5, Counter({"1": 190, "2": 10}), "2") is None
    assert share_doubt(100, Counter({"2": 40}), "2") is None


@pytest.mark.parametrize(
    ("share", "met"),
    [
        (5, {"1": 100, "2": 60}),
        (15, {"1": 300}),
        (50, {"2": 60}),
        (0, {"1": 5, "2": 1}),
    ],
)
def test_an_impossible_share_is_doubted(share: int, met: dict[str, int]) -> None:
    found = share_doubt(share, Counter(met), "2")
    assert found is not None
    assert f"at weight {share}" in found


def test_nobody_is_no_proof() -> None:
    assert share_doubt(5, Counter(), "2") == "at weight 5 nobody came"
