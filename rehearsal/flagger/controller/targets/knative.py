"""A Knative service as the target (flagger pkg/canary/knative_controller.go).

Its revisions are Knative's own: a revision is known by its name, and the primary is one that is
named in an annotation. Nothing is copied and nothing is scaled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import NotReady
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.hashing import safe_hash
from rehearsal.flagger.controller.ports import Ports
from rehearsal.flagger.controller.recorder import Recorder
from rehearsal.flagger.controller.routing import Routing
from rehearsal.flagger.controller.services import Selection
from rehearsal.flagger.controller.targets.base import BOOTSTRAP, spec_changed
from rehearsal.flagger.controller.workload import KnativeStatus
from rehearsal.flagger.providers.knative import (
    KNATIVE_SERVICES,
    knative_status,
    read_service,
    service_object,
)

REVISIONS = "revisions.serving.knative.dev"


class KnativeTarget:
    """A service with a primary revision beside the latest one."""

    has_pods = False

    def __init__(self, ports: Ports, flags: Flags, recorder: Recorder) -> None:
        self._workloads = ports.workloads
        self._routes = ports.routes

    def selection(self, canary: Canary) -> Selection:
        """Nothing is selected: Knative routes by revision."""
        return Selection("", "", {})

    def initialize(self, canary: Canary) -> None:
        """Take the latest revision for the primary and give it all traffic."""
        if canary.status.phase in BOOTSTRAP:
            latest = self._status(canary).latest_created_revision
            self._routes.write(service_object(canary, latest, Routing()))

    def check_primary(self, canary: Canary) -> None:
        status = self._status(canary)
        service = read_service(self._routes.read(KNATIVE_SERVICES, canary.target))
        if service is None:
            name = f"{canary.target}.{canary.namespace}"
            raise NotReady(f"Knative Service {name} primary revision annotation not found")
        self._check_revision(canary, status, service[0].primary_revision)

    def check_canary(self, canary: Canary) -> None:
        status = self._status(canary)
        self._check_revision(canary, status, status.latest_created_revision)

    def _check_revision(self, canary: Canary, status: KnativeStatus, revision: str) -> None:
        name = f"Knative Revision {revision}.{canary.namespace}"
        if revision not in status.revisions:
            raise NotReady(f'{name} get query error: {REVISIONS} "{revision}" not found')
        if revision not in status.ready_revisions:
            raise NotReady(f"{name} is not ready")

    def fingerprint(self, canary: Canary) -> tuple[str, Mapping[str, str] | None]:
        return self._hash(canary), canary.status.tracked_configs

    def has_changed(self, canary: Canary) -> bool:
        return spec_changed(canary, self._hash(canary))

    def configs_changed(self, canary: Canary) -> bool:
        return False

    def promote(self, canary: Canary) -> None:
        """Name the latest revision the primary; the traffic stays as it is."""
        latest = self._status(canary).latest_created_revision
        service = self._routes.read(KNATIVE_SERVICES, canary.target)
        read = read_service(service)
        if service is not None and read is not None:
            traffic = replace(read[0], primary_revision=latest)
            self._routes.write(replace(service, content=traffic))

    def scale_to_zero(self, canary: Canary) -> None:
        """Knative does that itself."""

    def scale_from_zero(self, canary: Canary) -> None:
        """Knative does that itself."""

    def finalize(self, canary: Canary) -> None:
        """Nothing was changed."""

    def _hash(self, canary: Canary) -> str:
        return safe_hash(f"(string){self._status(canary).latest_created_revision}")

    def _status(self, canary: Canary) -> KnativeStatus:
        return knative_status(canary, self._workloads.target())
