"""Flagger's control loop for one canary: `advanceCanary` of pkg/controller/scheduler.go.

The order of the steps is the specification: each may end the tick. A step that raises PortError
ends it with a warning event of that text.
"""

from __future__ import annotations

from rehearsal.flagger.canary.model import Canary, Phase
from rehearsal.flagger.controller import (
    analysis,
    detection,
    hooks,
    promotion,
    rollback,
    start,
    strategies,
    targets,
)
from rehearsal.flagger.controller.alerts import Alerter
from rehearsal.flagger.controller.errors import NotReady, PortError
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.initialisation import prepare
from rehearsal.flagger.controller.ports import Ports, Routing
from rehearsal.flagger.controller.recorder import Recorder
from rehearsal.flagger.controller.scaler import Scaler
from rehearsal.flagger.controller.services import Services
from rehearsal.flagger.controller.status import StatusWriter
from rehearsal.flagger.controller.tick import Tick
from rehearsal.flagger.controller.verification import verify

SUSPENDED = "skipping canary run as object is suspended"

_RUNNING = frozenset(
    {Phase.PROGRESSING, Phase.WAITING_PROMOTION, Phase.PROMOTING, Phase.FINALISING}
)
_ANALYSED = frozenset({Phase.PROGRESSING, Phase.WAITING_PROMOTION})
_TAKING_OVER = frozenset({Phase.PROMOTING, Phase.FINALISING})


class Controller:
    """The loop over one canary. `tick` is to be called by one thread at a time."""

    def __init__(self, ports: Ports, flags: Flags | None = None) -> None:
        self._ports = ports
        self._flags = flags or Flags()
        self._recorder = Recorder(ports, self._flags)
        self._alerts = Alerter(ports, self._flags, self._recorder)
        self._scaler = Scaler(ports.workloads, self._recorder)
        self._services = Services(ports.routes, self._recorder)
        self._name: str | None = None

    def sync(self) -> None:
        """What Flagger does when it first sees the object.

        Raises VerificationError where Flagger drops it, UserError where it cannot be rehearsed.
        """
        canary = self._ports.store.get()
        verify(canary, self._flags)
        targets.target_of(canary, self._ports, self._flags, self._recorder)
        if not canary.status.conditions:
            StatusWriter(self._ports.store, self._ports.clock).begin()
        text = f"Synced {canary.namespace}/{canary.name}"
        self._recorder.log(None, text, "controller/controller.go:316")

    def tick(self) -> None:
        """Advance the canary by at most one step."""
        try:
            canary = self._ports.store.get()
        except PortError:
            text = f"Canary {self._name} not found"
            self._recorder.log(self._name, text, "controller/scheduler.go:164", "error")
            return
        self._name = canary.full_name
        if canary.spec.suspend:
            self._recorder.log(canary, SUSPENDED, "controller/scheduler.go:171", "debug")
            self._recorder.info(canary, SUSPENDED)
            return
        tick = self._new_tick(canary)
        try:
            _advance(tick)
        except PortError as error:
            self._recorder.warn(tick.canary, str(error))

    def _new_tick(self, canary: Canary) -> Tick:
        ports, flags, recorder = self._ports, self._flags, self._recorder
        return Tick(
            canary=canary,
            ports=ports,
            flags=flags,
            recorder=recorder,
            alerts=self._alerts,
            status=StatusWriter(ports.store, ports.clock),
            target=targets.target_of(canary, ports, flags, recorder),
            scaler=self._scaler,
            services=self._services,
        )


def _advance(tick: Tick) -> None:
    if not prepare(tick):
        return
    if not detection.should_advance(tick):
        tick.recorder.phase(tick.canary, tick.phase)
        return
    if not _primary_is_ready(tick):
        return
    routing = tick.router.get(tick.canary)
    tick.recorder.weight(tick.canary, routing.primary, routing.canary)
    tick.recorder.phase(tick.canary, tick.phase)
    if tick.phase not in _RUNNING:
        start.begin(tick)
    elif detection.should_restart(tick):
        start.restart(tick)
    elif _canary_is_ready(tick):
        _run(tick, routing)


def _run(tick: Tick, routing: Routing) -> None:
    """A run under way whose pods are all ready."""
    if tick.canary.spec.skip_analysis:
        promotion.skip(tick)
    elif tick.phase in _ANALYSED and hooks.rollback_requested(tick):
        _roll_back_by_hand(tick)
    elif tick.phase is Phase.PROMOTING:
        promotion.shift(tick, routing)
    elif tick.phase is Phase.FINALISING:
        promotion.finalise(tick)
    elif _has_failed(tick):
        rollback.roll_back(tick)
    elif analysis.passed(tick, routing):
        analysis.fit_plan(tick)
        strategies.advance(tick, routing)


def _primary_is_ready(tick: Tick) -> bool:
    if tick.canary.spec.skip_analysis:
        return True
    try:
        tick.target.check_primary(tick.canary)
    except PortError as error:
        tick.recorder.warn(tick.canary, str(error))
        if isinstance(error, NotReady) and not error.retriable:
            _give_up_on_primary(tick, error)
        return False
    return True


def _give_up_on_primary(tick: Tick, error: NotReady) -> None:
    if tick.phase in _TAKING_OVER:
        rollback.fail_promotion(tick, error)
    else:
        rollback.roll_back(tick)


def _canary_is_ready(tick: Tick) -> bool:
    try:
        tick.target.check_canary(tick.canary)
    except PortError as error:
        tick.recorder.warn(tick.canary, str(error))
        if isinstance(error, NotReady) and not error.retriable:
            rollback.roll_back(tick)
        return False
    return True


def _roll_back_by_hand(tick: Tick) -> None:
    invoked = "manual webhook invoked"
    tick.recorder.warn(tick.canary, f"Rolling back {tick.canary.full_name} {invoked}")
    tick.alerts.send(tick.canary, "warn", f"Rolling back {invoked}")
    rollback.roll_back(tick)


def _has_failed(tick: Tick) -> bool:
    limit = tick.canary.spec.analysis.failed_checks_limit
    return tick.phase in _ANALYSED and tick.canary.status.failed_checks >= limit
