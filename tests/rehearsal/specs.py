"""Canaries of `detail.flagger` in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.flagger.canary.model import Canary, CanarySpec

NAME, NAMESPACE = "detail", "flagger"
HOOKS = "http://hooks.flagger/"


def hook(name: str, type_: str | None = None, **fields: Any) -> dict[str, Any]:
    """A webhook of the spec; its URL ends in its name."""
    typed = {} if type_ is None else {"type": type_}
    return {"name": name, "url": f"{HOOKS}{name}", **typed, **fields}


def success_rate(minimum: float = 99, **fields: Any) -> dict[str, Any]:
    return {"name": "request-success-rate", "thresholdRange": {"min": minimum}, **fields}


def duration(maximum_ms: float = 500, **fields: Any) -> dict[str, Any]:
    return {"name": "request-duration", "thresholdRange": {"max": maximum_ms}, **fields}


def canary(spec: Mapping[str, Any] | None = None, **analysis: Any) -> Canary:
    """A canary of `detail.flagger` over App Mesh with this analysis; `spec` adds other fields."""
    plan = {"interval": "1m", "threshold": 2, **analysis}
    if not plan.keys() & {"iterations", "stepWeight", "stepWeights"}:
        plan["stepWeight"] = 10
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": NAME}
    fields = {
        "provider": "appmesh:v1beta2",
        "targetRef": target,
        "service": {"port": 3000},
        "progressDeadlineSeconds": 60,
        "analysis": plan,
        **(spec or {}),
    }
    given = {key: value for key, value in fields.items() if value is not None}
    return Canary(NAME, NAMESPACE, CanarySpec.model_validate(given))
