"""Recorded runs of Flagger, written as scenarios and played: the same, tick by tick."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rehearsal.simulated import Scenario, play
from tests.rehearsal.flagger.conformance.recording import FILES, Recording, recordings
from tests.rehearsal.simulated.translation import (
    UntranslatableError,
    expected,
    flags_of,
    templates_of,
    translated,
)

# Recordings that the format can say, and those of them that are played as they were recorded.
FLOORS = {
    "curated": (49, 49),
    "ordinary": (4, 4),
    "plans": (3, 3),
    "odd": (3, 3),
    "edits": (2, 2),
    "probes": (265, 248),
}


@pytest.mark.parametrize("file", FILES)
def test_recordings(file: str) -> None:
    count = equal = 0
    for recording in recordings(file):
        try:
            mapping = translated(recording)
        except UntranslatableError:
            continue
        if "Inf" in recording.id:
            continue
        count += 1
        equal += played(recording, mapping) == expected(recording)
    least, least_equal = FLOORS[file]
    assert count >= least
    assert equal >= least_equal


def played(recording: Recording, mapping: dict[str, Any]) -> list[dict[str, Any]]:
    scenario = replace(Scenario.from_mapping(mapping), templates=templates_of(recording))
    flags = flags_of(recording)
    hooks = {
        hook.name: hook.url.rsplit("/hook/", 1)[-1]
        for hook in scenario.canary.spec.analysis.webhooks
    } | {"events": flags.event_webhook.rsplit("/hook/", 1)[-1]}
    return [
        {
            "events": [tuple(event) for event in tick.events],
            "hooks": [hooks[name] for name in tick.hooks],
            "status": [
                tick.status.phase,
                tick.status.canary_weight,
                tick.status.failed_checks,
                tick.status.iterations,
            ],
            "routes": wanted["routes"]
            and [tick.routes.primary, tick.routes.canary, tick.routes.mirrored],
        }
        for tick, wanted in zip(play(scenario, flags).ticks, expected(recording), strict=True)
    ]
