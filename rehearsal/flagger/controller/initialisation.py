"""The first half of every tick: generated objects, the primary, and the end of bootstrapping.

Source: flagger pkg/controller/scheduler.go, advanceCanary up to setPhaseInitialized.
"""

from __future__ import annotations

from rehearsal.flagger.canary.model import CanaryStatus, Phase
from rehearsal.flagger.controller.checks.availability import check_providers
from rehearsal.flagger.controller.errors import NotReady, PortError
from rehearsal.flagger.controller.rollback import roll_back
from rehearsal.flagger.controller.targets import BOOTSTRAP
from rehearsal.flagger.controller.tick import Tick
from rehearsal.flagger.providers import provider_of
from rehearsal.flagger.values import changed


def prepare(tick: Tick) -> bool:
    """Bring everything about; False when the tick ends here. Raises PortError to warn and end."""
    selection = tick.target.selection(tick.canary)
    bootstraps = tick.phase in BOOTSTRAP
    services = tick.services if tick.target.has_pods else None
    if services:
        services.apply_versions(tick.canary, selection)
    if bootstraps and not tick.canary.spec.skip_analysis:
        check_providers(tick)
    router = tick.router
    provider = provider_of(tick.provider)
    before_primary = provider is not None and provider.before_primary
    if before_primary:
        router.reconcile(tick.canary)
    if not _initialize_primary(tick):
        return False
    _reconcile_scaler(tick, bootstraps)
    if services:
        services.apply_apex(tick.canary, selection)
    if bootstraps:
        _stop_target(tick)
    if not before_primary:
        router.reconcile(tick.canary)
    if bootstraps:
        _finish(tick)
    return True


def _initialize_primary(tick: Tick) -> bool:
    try:
        tick.target.initialize(tick.canary)
    except PortError as error:
        tick.recorder.warn(tick.canary, str(error))
        if isinstance(error, NotReady) and not error.retriable:
            roll_back(tick)
        return False
    return True


def _reconcile_scaler(tick: Tick, bootstraps: bool) -> None:
    tick.scaler.reconcile_primary(tick.canary, update=False)
    if bootstraps:
        tick.scaler.pause_target(tick.canary)


def _stop_target(tick: Tick) -> None:
    canary = tick.canary
    what = f"{canary.spec.target_ref.kind} {canary.target}.{canary.namespace}"
    tick.recorder.log(canary, f"Scaling down {what}", "controller/scheduler.go:258")
    try:
        tick.target.scale_to_zero(canary)
    except PortError as error:
        raise PortError(f"scaling down canary {what} failed: {error}") from error


def _finish(tick: Tick) -> None:
    """Initialized: from here on the object in memory knows its spec and configs too."""
    tick.canary = tick.in_phase(Phase.INITIALIZED)
    try:
        tick.sync(CanaryStatus(phase=Phase.INITIALIZED))
    except PortError as error:
        name = tick.canary.full_name
        raise PortError(f"failed to sync canary {name} status: {error}") from error
    stored = tick.ports.store.get().status
    tick.canary = changed(
        tick.canary,
        status=changed(
            tick.canary.status,
            last_applied_spec=stored.last_applied_spec,
            tracked_configs=stored.tracked_configs,
        ),
    )
    canary = tick.canary
    tick.recorder.phase(canary, Phase.INITIALIZED)
    tick.recorder.info(canary, f"Initialization done! {canary.full_name}")
    message = f"New {canary.spec.target_ref.kind} detected, initialization completed."
    tick.alerts.send(canary, "info", message, metadata=True)
