"""Why Flagger said it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rehearsal.flagger.canary.analysis import Metric
from rehearsal.flagger.canary.model import CanaryStatus, Phase
from rehearsal.flagger.explanations import explain, limits_of
from rehearsal.flagger.messages import FORMS, take_apart
from tests.rehearsal.specs import canary, duration, hook, success_rate

PLAN = canary(
    metrics=[success_rate(), duration(), {"name": "errors", "query": "up", "threshold": 5}],
    webhooks=[hook("load", "rollout"), hook("gate", "confirm-promotion")],
    maxWeight=30,
    threshold=2,
)
HALT = "Halt detail.flagger advancement"


def why(text: str, failed_checks: int = 0, phase: Phase = Phase.PROGRESSING) -> str:
    status = CanaryStatus(phase=phase, failed_checks=failed_checks)
    return explain(take_apart(text, PLAN), replace(PLAN, status=status))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (f"{HALT} success rate 97.50% < 99%", ["was 97.50%", "at least 99%"]),
        (f"{HALT} request duration 1.5s > 500ms", ["was 1.5s", "at most 500 ms"]),
        (f"{HALT} errors 7.00 > 5", ["was 7.00", "at most 5"]),
        (f"{HALT} external check load failed no", ["load must answer 200, 201 or 202"]),
        ("Halt advancement no values found for metric: errors", ["which is no zero"]),
    ],
)
def test_failed_checks_are_counted(text: str, parts: list[str]) -> None:
    assert all(part in why(text) for part in parts)
    assert "failed check 1 of threshold 2; passed checks do not reset the count" in why(text)
    assert "failed check 2 of threshold 2: the next tick rolls back" in why(text, 1)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Advance detail.flagger canary weight 10", "goes on to 30%"),
        ("Advance detail.flagger canary weight 30", "the next passed tick promotes"),
        ("Advance detail.flagger canary weight 0", "mirror step"),
        ("Advance detail.flagger canary iteration 2/2", "goes on to promotion"),
        ("Rolling back detail.flagger failed checks threshold reached 2", "threshold is 2"),
        ("Copying detail.flagger template spec to detail-primary.flagger", "gate agreed"),
        ("HTTPRoute detail.flagger parent gw is not ready", ""),
    ],
)
def test_other_events(text: str, part: str) -> None:
    assert part in why(text)
    assert bool(why(text)) == bool(part)


def test_an_end_before_the_threshold_is_told_apart() -> None:
    text = "Canary failed! Scaling down detail.flagger"
    assert "given up before the threshold" in why(text, 0)
    assert "given up" not in why(text, 2)


def test_a_promotion_gate_is_explained_once() -> None:
    text = f"{HALT} waiting for promotion approval gate"
    assert "metrics are still checked" in why(text)
    assert why(text, phase=Phase.WAITING_PROMOTION) == ""


def test_every_kind_can_be_explained() -> None:
    """Whatever the fields hold, there is a sentence or nothing, and no error."""
    for forms in FORMS.values():
        for form in forms:
            names = [part.split("}")[0] for part in form.split("{")[1:]]
            fields = dict.fromkeys(names, "1") | {
                "canary": "detail.flagger",
                "target": "detail.flagger",
                "primary": "detail-primary.flagger",
                "value": "1s" if "duration" in form else "1",
            }
            assert "\n" not in why(form.format(**fields))


@pytest.mark.parametrize(
    ("metric", "text"),
    [
        (success_rate(99.5), "at least 99.5%"),
        (duration(500), "at most 500 ms"),
        ({"name": "q", "thresholdRange": {"min": 1, "max": 5}}, "from 1 to 5"),
        ({"name": "q", "thresholdRange": {}}, "anything"),
        ({"name": "q", "threshold": 1e6}, "at most 1e+06 (from the deprecated threshold)"),
        (
            {"name": "request-success-rate", "threshold": 99},
            "at least 99% (from the deprecated threshold)",
        ),
    ],
)
def test_limits(metric: dict[str, object], text: str) -> None:
    assert limits_of(Metric.model_validate(metric)) == text
