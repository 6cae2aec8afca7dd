"""What one tick works with.

`canary` is the object as it was read at the start. Status writes go to the store and do not show
here until the next tick: much of what surprises people about Flagger follows from that alone. It is
replaced only where Flagger changes its own copy: when bootstrapping is done, when weights are set
under session affinity, and when the provider `kubernetes` is given a plan it cannot follow.
"""

from __future__ import annotations

from dataclasses import dataclass

from rehearsal.flagger.canary.model import Canary, CanaryStatus, Phase
from rehearsal.flagger.controller.alerts import Alerter
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.ports import Ports, Routing
from rehearsal.flagger.controller.recorder import Recorder
from rehearsal.flagger.controller.scaler import Scaler
from rehearsal.flagger.controller.services import Services
from rehearsal.flagger.controller.status import StatusWriter
from rehearsal.flagger.controller.targets import Target
from rehearsal.flagger.providers import DEFAULT, Router, provider_of
from rehearsal.flagger.values import changed

KUBERNETES = "kubernetes"


@dataclass
class Tick:
    """One tick: the object, the world, and the parts chosen for this object."""

    canary: Canary
    ports: Ports
    flags: Flags
    recorder: Recorder
    alerts: Alerter
    status: StatusWriter
    target: Target
    scaler: Scaler
    services: Services

    _router: Router | None = None

    @property
    def router(self) -> Router:
        """The provider's router; that an unknown provider is taken for istio is logged."""
        if self._router is None:
            self._router = make_router(self.provider, self.ports, self.recorder)
        return self._router

    @property
    def provider(self) -> str:
        """The canary's provider, or that of the `-mesh-provider` flag."""
        return self.canary.spec.provider or self.flags.mesh_provider

    @property
    def phase(self) -> Phase:
        """The phase at the start of the tick."""
        return self.canary.status.phase

    def in_phase(self, phase: Phase) -> Canary:
        """The object as it would be in another phase: what some events are recorded on."""
        return changed(self.canary, status=changed(self.canary.status, phase=phase))

    def route(self, primary: int, canary: int, mirrored: bool = False) -> None:
        """Put weights in force; cookies that this makes are written with the next status."""
        changed = self.router.set(self.canary, Routing(primary, canary, mirrored))
        if changed is not self.canary:
            self.canary = changed
            self.status.keep_cookies(changed.status)

    def sync(self, new: CanaryStatus) -> None:
        """Write phase and counters, and which template and configs they belong to."""
        template_hash, tracked = self.target.fingerprint(self.canary)
        self.status.sync(new, template_hash, tracked)

    def try_sync(self, new: CanaryStatus, caller: str) -> bool:
        """`sync` where Flagger only logs a failure, at `caller`."""
        try:
            self.sync(new)
        except PortError as error:
            self.recorder.log(self.canary, str(error), caller, "error")
            return False
        return True

    def set_phase(self, phase: Phase) -> None:
        """Write a phase, by the plan of the object in memory."""
        self.status.set_phase(phase, self.canary.spec.analysis.iterations)


def make_router(provider: str, ports: Ports, recorder: Recorder) -> Router:
    """The router of a provider; an unknown one is taken for istio's, which is logged."""
    found = provider_of(provider)
    if found is None:
        text = f"unknown mesh router provider '{provider}', using istio"
        recorder.log(None, text, "router/factory.go:227", "warn")
        found = provider_of(DEFAULT)
    if found is None:
        raise LookupError(f"there is no provider {DEFAULT}")
    return found.make_router(ports, recorder.log)
