"""A Service as the target (flagger pkg/canary/service_controller.go).

Its revision is its spec; it is always ready, never scaled, and tracks no configs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.hashing import template_hash
from rehearsal.flagger.controller.ports import Ports, RoutingObject
from rehearsal.flagger.controller.recorder import Recorder
from rehearsal.flagger.controller.targets.base import spec_changed
from rehearsal.flagger.controller.workload import Workload


class ServiceTarget:
    """Copies of the Service stand for primary and canary."""

    has_pods = False

    def __init__(self, ports: Ports, flags: Flags, recorder: Recorder) -> None:
        self._workloads = ports.workloads
        self._routes = ports.routes
        self._recorder = recorder

    def check_metadata(self, canary: Canary) -> None:
        """Nothing to select by."""

    def initialize(self, canary: Canary) -> None:
        """Create both copies; the canary's is written again on every tick."""
        self._target(canary, canary.primary)
        self._reconcile(canary, f"{canary.target}-canary", again=True)
        self._reconcile(canary, canary.primary, again=False)
        if self._workloads.primary() is None:
            target = self._target(canary, canary.target)
            self._workloads.apply_primary(replace(target, name=canary.primary))

    def _reconcile(self, canary: Canary, name: str, *, again: bool) -> None:
        created = self._routes.apply(RoutingObject("Service", name)) == "created"
        if created or again:
            how = "created" if created else "updated"
            self._recorder.log(canary, f"Service {name}.{canary.namespace} {how}")

    def check_primary(self, canary: Canary) -> None:
        """Always ready."""

    def check_canary(self, canary: Canary) -> None:
        """Always ready."""

    def fingerprint(self, canary: Canary) -> tuple[str, Mapping[str, str] | None]:
        return self._hash(canary), canary.status.tracked_configs

    def has_changed(self, canary: Canary) -> bool:
        return spec_changed(canary, self._hash(canary))

    def configs_changed(self, canary: Canary) -> bool:
        return False

    def promote(self, canary: Canary) -> None:
        target = self._target(canary, canary.target)
        self._workloads.apply_primary(replace(target, name=canary.primary))

    def scale_to_zero(self, canary: Canary) -> None:
        """Nothing runs."""

    def scale_from_zero(self, canary: Canary) -> None:
        """Nothing runs."""

    def _hash(self, canary: Canary) -> str:
        return template_hash(self._target(canary, canary.target).template)

    def _target(self, canary: Canary, named: str) -> Workload:
        target = self._workloads.target()
        if target is None:
            query = f"service {named}.{canary.namespace} get query error"
            raise PortError(f'{query}: services "{canary.target}" not found')
        return target
