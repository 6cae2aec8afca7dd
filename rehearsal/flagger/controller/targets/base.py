"""The target as the control loop handles it, whatever its kind.

One file per kind implements `Target`; `targets.of` picks it. All of them raise PortError with the
texts of flagger pkg/canary, and NotReady where a rollout is not finished.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from rehearsal.flagger.canary.model import Canary, Phase
from rehearsal.flagger.controller.configs import ConfigTracker, tracked_configs
from rehearsal.flagger.controller.errors import NotReady, PortError
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.hashing import template_hash
from rehearsal.flagger.controller.ports import Ports
from rehearsal.flagger.controller.primary import Primary
from rehearsal.flagger.controller.recorder import Recorder
from rehearsal.flagger.controller.services import Selection, discovered_ports
from rehearsal.flagger.controller.workload import Workload

BOOTSTRAP = (Phase.NONE, Phase.INITIALIZING)
_NO_PORTS: Mapping[str, int] = {}


class Target(Protocol):
    """What a tick does with the released workload and its primary."""

    has_pods: bool

    def selection(self, canary: Canary) -> Selection:
        """How the target's pods are selected; raises unless it exists and has a label for it."""
        ...

    def initialize(self, canary: Canary) -> None:
        """Create the primary when absent; while bootstrapping, raise until it is ready."""
        ...

    def check_primary(self, canary: Canary) -> None:
        """Raise NotReady until the primary has rolled out."""
        ...

    def check_canary(self, canary: Canary) -> None:
        """Raise NotReady until the target has rolled out."""
        ...

    def fingerprint(self, canary: Canary) -> tuple[str, Mapping[str, str] | None]:
        """Hash of the template and the tracked configs as they are now."""
        ...

    def has_changed(self, canary: Canary) -> bool:
        """Whether the template is a revision that was neither applied nor promoted."""
        ...

    def configs_changed(self, canary: Canary) -> bool:
        """Whether a tracked config differs from the status."""
        ...

    def promote(self, canary: Canary) -> None:
        """Make the primary like the target."""
        ...

    def scale_to_zero(self, canary: Canary) -> None:
        """Stop the target."""
        ...

    def scale_from_zero(self, canary: Canary) -> None:
        """Start the target."""
        ...

    def finalize(self, canary: Canary) -> None:
        """Let the target run as it did before Flagger."""
        ...


def spec_changed(canary: Canary, current_hash: str) -> bool:
    """Flagger's rule (pkg/canary/spec.go): a return to what was promoted is not a change."""
    status = canary.status
    if not status.last_applied_spec:
        return True
    return current_hash not in (status.last_promoted_spec, status.last_applied_spec)


class PodTarget:
    """What Deployments and DaemonSets have in common. `kind` is as in log lines."""

    kind: str
    created_by: str
    selector_error_end = ""
    has_pods = True

    def __init__(self, ports: Ports, flags: Flags, recorder: Recorder) -> None:
        self._workloads = ports.workloads
        self._clock = ports.clock
        self._flags = flags
        self._recorder = recorder
        self._configs = ConfigTracker(ports.workloads, flags, recorder)

    def selection(self, canary: Canary) -> Selection:
        target = self._target(canary)
        label = self._label(canary, target)
        ports = _NO_PORTS
        if canary.spec.service.port_discovery:
            containers = (target.template.get("spec") or {}).get("containers") or ()
            ports = discovered_ports(canary, containers)
        return Selection(label, target.match_labels[label], ports)

    def initialize(self, canary: Canary) -> None:
        try:
            self._create_primary(canary)
        except PortError as error:
            raise PortError(f"createPrimary{self.kind} failed: {error}") from error
        if canary.status.phase in BOOTSTRAP and not canary.spec.skip_analysis:
            self.check_primary(canary)

    def _create_primary(self, canary: Canary) -> None:
        target = self._target(canary)
        if self._workloads.primary() is not None:
            return
        label = self._label(canary, target)
        primary = self._primary_of(canary, target, label)
        self._workloads.apply_primary(
            primary.created(canary.primary, lambda spec: self._primary_spec(target, spec))
        )
        text = f"{self.kind} {canary.primary}.{canary.namespace} created"
        self._recorder.log(canary, text, self.created_by)

    def check_primary(self, canary: Canary) -> None:
        found = self._primary(canary)
        threshold = canary.spec.analysis.primary_ready_threshold
        try:
            self._check_rollout(canary, found, threshold)
        except NotReady as error:
            name = f"{canary.primary}.{canary.namespace}"
            raise error.within(self._primary_prefix(name)) from None

    def check_canary(self, canary: Canary) -> None:
        found = self._target(canary)
        threshold = canary.spec.analysis.canary_ready_threshold
        try:
            self._check_rollout(canary, found, threshold)
        except NotReady as error:
            name = f"{canary.target}.{canary.namespace}"
            raise error.within(self._canary_prefix(name, error.retriable)) from None

    def fingerprint(self, canary: Canary) -> tuple[str, Mapping[str, str] | None]:
        target = self._target(canary)
        try:
            refs = self._configs.refs(canary, target)
        except PortError as error:
            raise PortError(f"GetConfigRefs failed: {error}") from error
        return self._hash(target), tracked_configs(refs)

    def has_changed(self, canary: Canary) -> bool:
        return spec_changed(canary, self._hash(self._target(canary)))

    def configs_changed(self, canary: Canary) -> bool:
        return self._configs.changed(canary, self._target(canary))

    def promote(self, canary: Canary) -> None:
        try:
            self._promote(canary)
        except PortError as error:
            name = f"{canary.primary}.{canary.namespace}"
            raise PortError(
                f"updating {self.kind.lower()} {name} template spec failed: {error}"
            ) from error

    def _promote(self, canary: Canary) -> None:
        target = self._target(canary)
        label = self._label(canary, target)
        current = self._primary(canary)
        primary = self._primary_of(canary, target, label)
        copy_replicas = canary.spec.autoscaler_ref is None
        self._workloads.apply_primary(
            primary.promoted(
                current,
                lambda spec: self._primary_spec(target, spec),
                copy_replicas=copy_replicas,
            )
        )

    def scale_to_zero(self, canary: Canary) -> None:
        self._target(canary)
        self._workloads.scale_target(0)

    def scale_from_zero(self, canary: Canary) -> None:
        self._workloads.scale_target(self._replicas_to_start(canary, self._target(canary)))

    def finalize(self, canary: Canary) -> None:
        try:
            self._restore(canary)
        except PortError as error:
            raise PortError(f"ScaleFromZero failed: {error}") from error

    def _restore(self, canary: Canary) -> None:
        """Let the target run as it did before Flagger."""
        self.scale_from_zero(canary)

    def _target(self, canary: Canary) -> Workload:
        workload = self._workloads.target()
        if workload is None:
            raise self._not_found(canary, canary.target)
        return workload

    def _primary(self, canary: Canary) -> Workload:
        workload = self._workloads.primary()
        if workload is None:
            raise self._not_found(canary, canary.primary)
        return workload

    def _not_found(self, canary: Canary, name: str) -> PortError:
        kind = self.kind.lower()
        query = f"{kind} {name}.{canary.namespace} get query error"
        return PortError(f'{query}: {kind}s.apps "{name}" not found')

    def _label(self, canary: Canary, target: Workload) -> str:
        for label in self._flags.selector_labels:
            if label in target.match_labels:
                return label
        name = f"{self.kind.lower()} {target.name}.{canary.namespace}"
        labels = " ".join(self._flags.selector_labels)
        raise PortError(
            f"getSelectorLabel failed: {name} spec.selector.matchLabels must contain one of"
            f" [{labels}]{self.selector_error_end}"
        )

    def _primary_of(self, canary: Canary, target: Workload, label: str) -> Primary:
        refs = self._configs.refs(canary, target)
        self._configs.copy_for_primary(canary, refs)
        return Primary(target, label, refs, self._flags.include_label_prefixes)

    def _hash(self, target: Workload) -> str:
        return template_hash(self._revision(target))

    def _revision(self, target: Workload) -> Mapping[str, Any]:
        """What makes a revision of the target."""
        return target.template

    def _primary_spec(self, target: Workload, spec: Mapping[str, Any]) -> Mapping[str, Any]:
        """The pod spec of the primary."""
        return spec

    def _check_rollout(self, canary: Canary, workload: Workload, threshold: int) -> None:
        raise NotImplementedError

    def _primary_prefix(self, name: str) -> str:
        raise NotImplementedError

    def _canary_prefix(self, name: str, retriable: bool) -> str:
        raise NotImplementedError

    def _replicas_to_start(self, canary: Canary, target: Workload) -> int:
        raise NotImplementedError
