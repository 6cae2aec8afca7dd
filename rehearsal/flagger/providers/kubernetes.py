"""Provider `kubernetes`: no traffic is ever shifted (flagger pkg/router/nop.go).

What it reads back follows the iterations alone: nothing yet, or all of it.
"""

from __future__ import annotations

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.ports import Ports
from rehearsal.flagger.controller.routing import Routing
from rehearsal.flagger.providers.provider import Provider
from rehearsal.flagger.providers.queries import APPLICATION
from rehearsal.flagger.providers.router import Log


class KubernetesRouter:
    """Only the `-canary` service reaches the canary."""

    def __init__(self, ports: Ports, log: Log) -> None:
        """It needs neither."""

    def reconcile(self, canary: Canary) -> None:
        """Nothing is generated."""

    def get(self, canary: Canary) -> Routing:
        return Routing(0, 100) if canary.status.iterations > 0 else Routing(100, 0)

    def set(self, canary: Canary, routing: Routing) -> Canary:
        """Weights are ignored."""
        return canary

    def finalize(self, canary: Canary) -> None:
        """Nothing was done."""


PROVIDERS = (
    Provider(
        "kubernetes",
        KubernetesRouter,
        APPLICATION,
        source="application",
        shifts_traffic=False,
        series=(),
        pods_by_name=True,
    ),
)
