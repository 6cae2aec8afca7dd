"""Events as a cluster would have them, made by playing a scenario."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from rehearsal.simulated import Run

START_S = 1_750_000_000


def kubectl_events(run: Run) -> list[dict[str, Any]]:
    """The items of `kubectl get events -o json`, in the order in which they came."""
    return [
        kubernetes_event(event.message, event.type, START_S + tick.time_s + 0.01 * number)
        for tick in run.ticks
        for number, event in enumerate(tick.events)
    ]


def kubernetes_event(
    message: str, kind: str, time_s: float, name: str = "detail", namespace: str = "flagger"
) -> dict[str, Any]:
    moment = datetime.fromtimestamp(int(time_s), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{name}.{int(time_s * 1e9):x}", "namespace": namespace},
        "involvedObject": {"kind": "Canary", "name": name, "namespace": namespace},
        "type": kind,
        "reason": "Synced",
        "message": message,
        "source": {"component": "flagger"},
        "firstTimestamp": moment,
        "lastTimestamp": moment,
        "count": 1,
    }


def event_list(items: Iterable[Any]) -> str:
    """As kubectl prints a list."""
    return json.dumps({"apiVersion": "v1", "items": list(items), "kind": "List"}, indent=4)


def log_lines(run: Run, canary: str = "detail.flagger") -> list[str]:
    """The lines of Flagger's log that belong to events, among others."""
    lines = ["I0721 10:06:55.1 1 client_config.go:659] Neither --kubeconfig nor --master given"]
    for tick in run.ticks:
        for event in tick.events:
            ts = datetime.fromtimestamp(START_S + tick.time_s, UTC).isoformat(
                timespec="milliseconds"
            )
            fields = {
                "level": "info",
                "ts": ts.replace("+00:00", "Z"),
                "caller": f"controller/events.go:{33 if event.type == 'Normal' else 45}",
                "msg": event.message,
                "canary": canary,
            }
            lines.append(json.dumps(fields, separators=(",", ":")))
            other = fields | {
                "caller": "router/istio.go:104",
                "msg": "VirtualService detail created",
            }
            lines.append(json.dumps(other, separators=(",", ":")))
    return lines
