"""Keys that the API server drops."""

import pytest

from rehearsal.flagger.canary.parse import parse
from tests.rehearsal.flagger.canary.test_parse import CANARY

DROPPED = "unknown field, ignored by the API server"


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (
            "stepWeight: 5",
            "stepWeight: 5\n    maxWieght: 50",
            f'15 spec.analysis.maxWieght: {DROPPED}; did you mean "maxWeight"?',
        ),
        (
            "  service:\n",
            "  canaryAnalysis: {}\n  service:\n",
            f'9 spec.canaryAnalysis: {DROPPED}; did you mean "analysis"?',
        ),
        (
            "thresholdRange: {min: 99}",
            "thresholdRange: {min: 99, maximum: 3}",
            f"17 spec.analysis.metrics[0].thresholdRange.maximum: {DROPPED}",
        ),
        (
            "metadata: {cmd: hey}",
            "metadata: {cmd: hey, anything: goes}\n        foo: {bar: 1}",
            f"23 spec.analysis.webhooks[0].foo: {DROPPED}",
        ),
        (
            "stepWeight: 5",
            "iterations: 5\n    match: [{uri: {exact: /}, headers: {x: {exact: a, size: 2}}}]",
            f"15 spec.analysis.match[0].headers.x.size: {DROPPED}",
        ),
    ],
)
def test_dropped(old: str, new: str, text: str) -> None:
    dropped = parse(CANARY.replace(old, new, 1)).dropped
    assert any(f"{one.line} {one}".startswith(text) for one in dropped)


def test_nothing_is_dropped_from_a_good_file() -> None:
    assert parse(CANARY).dropped == ()
