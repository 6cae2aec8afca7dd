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
from rehearsal.flagger.controller.ports import Ports
from rehearsal.flagger.controller.recorder import Recorder
from rehearsal.flagger.controller.routing import SERVICES, RoutingObject
from rehearsal.flagger.controller.services import Selection
from rehearsal.flagger.controller.targets.base import spec_changed
from rehearsal.flagger.controller.workload import Workload


class ServiceTarget:
    """Copies of the Service stand for primary and canary."""

    has_pods = False

    def __init__(self, ports: Ports, flags: Flags, recorder: Recorder) -> None:
        self._workloads = ports.workloads
        self._routes = ports.routes
        self._recorder = recorder

    def selection(self, canary: Canary) -> Selection:
        """Nothing is selected: the target has its own selector."""
        return Selection("", "", {})

    def initialize(self, canary: Canary) -> None:
        """Create both copies; the canary's is written again on every tick."""
        self._target(canary, canary.primary)
        self._reconcile(canary, f"{canary.target}-canary", again=True)
        self._reconcile(canary, canary.primary, again=False)
        if self._workloads.primary() is None:
            target = self._target(canary, canary.target)
            self._workloads.apply_primary(replace(target, name=canary.primary))

    def _reconcile(self, canary: Canary, name: str, *, again: bool) -> None:
        is_new = self._routes.read(SERVICES, name) is None
        if not is_new and not again:
            return
        self._routes.write(RoutingObject(SERVICES, name))
        how, line = ("created", 147) if is_new else ("updated", 116)
        text = f"Service {name}.{canary.namespace} {how}"
        self._recorder.log(canary, text, f"canary/service_controller.go:{line}")

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
        try:
            target = self._target(canary, canary.target)
            if self._routes.read(SERVICES, canary.primary) is None:
                raise PortError(_not_found(canary, canary.primary, canary.primary))
        except PortError as error:
            name = f"{canary.primary}.{canary.namespace}"
            raise PortError(f"updating service {name} spec failed: {error}") from error
        self._workloads.apply_primary(replace(target, name=canary.primary))

    def scale_to_zero(self, canary: Canary) -> None:
        """Nothing runs."""

    def scale_from_zero(self, canary: Canary) -> None:
        """Nothing runs."""

    def finalize(self, canary: Canary) -> None:
        """Nothing was changed."""

    def _hash(self, canary: Canary) -> str:
        return template_hash(self._target(canary, canary.target).template)

    def _target(self, canary: Canary, named: str) -> Workload:
        target = self._workloads.target()
        if target is None:
            raise PortError(_not_found(canary, named, canary.target))
        return target


def _not_found(canary: Canary, named: str, name: str) -> str:
    return f'service {named}.{canary.namespace} get query error: {SERVICES} "{name}" not found'
