"""Keys that the API server drops."""

import pytest

from rehearsal.flagger.canary.parse import parse
from tests.rehearsal.flagger.canary.test_parse import CANARY


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (
            "stepWeight: 5",
            "stepWeight: 5\n    maxWieght: 50",
            "15 spec.analysis.maxWieght: is no field here and is dropped; did you mean maxWeight?",
        ),
        (
            "  service:\n",
            "  canaryAnalysis: {}\n  service:\n",
            "9 spec.canaryAnalysis: is no field here and is dropped; did you mean analysis?",
        ),
        (
            "thresholdRange: {min: 99}",
            "thresholdRange: {min: 99, maximum: 3}",
            "17 spec.analysis.metrics[0].thresholdRange.maximum: is no field here and is dropped",
        ),
        (
            "metadata: {cmd: hey}",
            "metadata: {cmd: hey, anything: goes}\n        foo: {bar: 1}",
            "23 spec.analysis.webhooks[0].foo: is no field here and is dropped",
        ),
        (
            "stepWeight: 5",
            "iterations: 5\n    match: [{uri: {exact: /}, headers: {x: {exact: a, size: 2}}}]",
            "15 spec.analysis.match[0].headers.x.size: is no field here and is dropped",
        ),
    ],
)
def test_dropped(old: str, new: str, text: str) -> None:
    dropped = parse(CANARY.replace(old, new, 1)).dropped
    assert any(f"{one.line} {one}".startswith(text) for one in dropped)


def test_nothing_is_dropped_from_a_good_file() -> None:
    assert parse(CANARY).dropped == ()
