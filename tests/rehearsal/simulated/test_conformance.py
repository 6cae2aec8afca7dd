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

SAID = {"curated": 49, "ordinary": 4, "plans": 3, "odd": 3, "edits": 2, "probes": 271}
"""How many recordings the format of scenarios can say."""

_NO_OBJECTS = "a scripted world has no Ingress and no route that could be missing"
_NIL = "Flagger ends with a nil pointer; here the missing reference is an event"
_BY_NAME = "the recorded server answers by the query's text, a scripted metric by its name"
DIFFERENCES = {
    "edit service.name at 20 nginx": _NO_OBJECTS,
    "nginx: no ingressRef, primary fails in bootstrap": _NIL,
    "skipper: no ingressRef, primary fails in bootstrap": _NIL,
    "skipper: no such ingress": _NO_OBJECTS,
    "apisix: no such route": _NO_OBJECTS,
    "gotemplate inline 13 mk_t {{ variables.zz }}": _BY_NAME,
    "gotemplate inline 14 mk_t {{ 1.5 }} {{ 12 }} {{ true }} {{ nil }}": _BY_NAME,
    "gotemplate inline 18 mk_t {{}}": _BY_NAME,
    "gotemplate inline 26 mk_t {{ variables.a.b }}": _BY_NAME,
    "gotemplate inline 28 mk_t {{ name }": _BY_NAME,
}
"""Those of them that are not played as they were recorded, and why."""


@pytest.mark.parametrize("file", FILES)
def test_recordings(file: str) -> None:
    differing = {}
    for recording in recordings(file):
        try:
            mapping = translated(recording)
        except UntranslatableError:
            continue
        differing[recording.id] = played(recording, mapping) != expected(recording)
    assert len(differing) == SAID[file]
    assert {name for name, differs in differing.items() if differs} == (
        DIFFERENCES.keys() & differing.keys()
    )


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
