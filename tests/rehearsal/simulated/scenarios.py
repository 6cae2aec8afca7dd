"""Scenarios in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.simulated import Run, Scenario, play
from tests.rehearsal.specs import duration, hook, success_rate

HEALTHY: dict[str, Any] = {"request-success-rate": 100, "request-duration": 20}


def canary(spec: Mapping[str, Any] | None = None, **analysis: Any) -> dict[str, Any]:
    """A Canary as it stands in a file: steps of 10 to 30 over Istio, threshold 2."""
    plan = {
        "interval": "1m",
        "threshold": 2,
        "metrics": [success_rate(), duration()],
        "webhooks": [hook("test", "pre-rollout"), hook("load", "rollout")],
        **analysis,
    }
    if not plan.keys() & {"iterations", "stepWeight", "stepWeights"}:
        plan |= {"stepWeight": 10, "maxWeight": 30}
    fields = {
        "provider": "istio",
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "detail"},
        "service": {"port": 3000},
        "analysis": plan,
        **(spec or {}),
    }
    return {
        "apiVersion": "flagger.app/v1beta1",
        "kind": "Canary",
        "metadata": {"name": "detail", "namespace": "flagger"},
        "spec": {key: value for key, value in fields.items() if value is not None},
    }


def change(at: int, **fields: Any) -> dict[str, Any]:
    return {"at": at, **fields}


def play_world(*world: Mapping[str, Any], ticks: int = 9, **given: Any) -> Run:
    """A healthy v1 that is changed: what becomes of it."""
    first = change(0, revision="v1", metrics=HEALTHY)
    return play(
        Scenario.from_mapping(
            {
                "canary": given.get("canary") or canary(),
                "ticks": ticks,
                "world": [first, *world],
            }
        )
    )
