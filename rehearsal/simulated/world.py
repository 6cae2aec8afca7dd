"""The simulated world as a `World`: scenarios are played in it as in the live one, in no time.

A virtual clock goes from tick to tick while somebody waits; at a speed, it takes the wall's time
over it. Pods are ready at once, background
traffic is counted by the weights in force, faults in front of a candidate are seen by its checks,
and gates are closed until they are opened. Nothing runs: there are no commands and no responses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from rehearsal.applications.pod import BUILD, read_pod, with_annotations, with_env, with_image
from rehearsal.applications.registry import CANDIDATE
from rehearsal.clock import ScaledClock, VirtualClock
from rehearsal.errors import UserError
from rehearsal.faults import Fault
from rehearsal.flagger.canary.model import Canary, CanarySpec
from rehearsal.flagger.canary.resources import MetricTemplate
from rehearsal.flagger.controller import Flags
from rehearsal.recording import Recording
from rehearsal.recording.records import ClockRecord, FaultRecord, ReplicaRecord
from rehearsal.recording.snapshot import Snapshot
from rehearsal.simulated.rollout import SimulatedRollout
from rehearsal.simulated.source import merged
from rehearsal.simulated.traffic import check_fault, p99_ms, requests_in, success_percent
from rehearsal.world import GateKind, TargetChange

RATE_PER_S = 40.0
MOST_SPEED = 1000.0
_SLICE_S = 0.05


class SimulatedWorld:
    """Canaries under one simulated control loop each.

    `templates` are the pod templates of their targets by the canary's full name; without one a
    target runs an image of its own name. A MetricTemplate that is not among `metric_templates`, and
    whatever else a Canary refers to, is taken to exist. `metrics` has values for metrics that are
    not builtin, by name; without one a value is taken that passes. `rate_per_s` is the background
    traffic at each apex. Time passes at once until a speed is set.
    """

    def __init__(
        self,
        canaries: Iterable[Canary],
        *,
        templates: Mapping[str, Mapping[str, Any]] | None = None,
        metric_templates: Iterable[MetricTemplate] = (),
        metrics: Mapping[str, float] | None = None,
        rate_per_s: float = RATE_PER_S,
        flags: Flags | None = None,
        recording: Recording | None = None,
    ) -> None:
        self._recording = recording or Recording()
        self._clock = VirtualClock()
        self._rate_per_s = rate_per_s
        self._pace: ScaledClock | None = None
        self._running = asyncio.Event()
        self._running.set()
        self._begun = False
        self._rollouts = {
            canary.full_name: SimulatedRollout(
                canary,
                (templates or {}).get(canary.full_name),
                dict(metrics or {}),
                self._clock,
                self._recording,
                flags or Flags(),
                metric_templates,
            )
            for canary in canaries
        }

    @property
    def recording(self) -> Recording:
        return self._recording

    @property
    def canaries(self) -> tuple[str, ...]:
        return tuple(self._rollouts)

    def now_s(self) -> float:
        return self._clock.now_s()

    def canary(self, name: str) -> Canary:
        return self._rollouts[name].canary()

    def snapshot(self, canary: str) -> Snapshot:
        rollout = self._rollouts[canary]
        now, routing = rollout.canary(), rollout.routing
        return Snapshot(
            time_s=self.now_s(),
            canary=canary,
            phase=str(now.status.phase),
            primary_weight=routing.primary,
            canary_weight=routing.canary,
            failed_checks=now.status.failed_checks,
            threshold=now.spec.analysis.failed_checks_limit,
            iterations=now.status.iterations,
            success_percent=success_percent(rollout.active_faults),
            p99_ms=p99_ms(rollout.active_faults),
            requests=rollout.requests,
            failures=rollout.failures,
            waiting_for=rollout.waiting_for,
            replicas=rollout.replicas(),
        )

    async def begin_control(self) -> None:
        self._begun = True
        for rollout in self._rollouts.values():
            rollout.begin()

    async def change_target(self, canary: str, change: TargetChange) -> None:
        rollout = self._rollouts[canary]
        before = rollout.template
        template = dict(change.template or before)
        container = read_pod(template).container
        if change.image:
            template = with_image(template, container.name, _image(container.image, change.image))
        if change.env:
            template = with_env(template, container.name, change.env)
        if change.annotations:
            template = with_annotations(template, change.annotations)
        if change.candidate:
            template = with_annotations(template, {BUILD: CANDIDATE})
        if template == before:
            raise UserError(
                f"{canary}: the change leaves the pod template as it is; change something"
            )
        rollout.template = template

    async def edit_canary(self, canary: str, spec: Mapping[str, Any]) -> None:
        rollout = self._rollouts[canary]
        before = rollout.canary().spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
        try:
            rollout.edit(CanarySpec.model_validate(merged(before, spec)))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise UserError(f"{canary}: spec.{where}: {first['msg']}") from None

    async def inject(self, canary: str, fault: Fault) -> None:
        check_fault(fault)
        self._rollouts[canary].faults.append(fault)
        self._recording.append(FaultRecord(self.now_s(), str(fault), "injected"))

    async def clear_faults(self) -> None:
        for rollout in self._rollouts.values():
            rollout.record_deliveries("removed")
            rollout.faults.clear()

    async def set_gate(self, canary: str, opened: bool, kind: GateKind = "gate") -> None:
        self._rollouts[canary].gates[kind] = opened

    async def execute(self, command: str) -> str:
        raise UserError(f"a simulated world runs no commands: {command}")

    async def fetch(self, canary: str, path: str) -> str | None:
        return None

    async def set_speed(self, speed: float) -> None:
        if not 0 < speed <= MOST_SPEED:
            raise UserError(f"speed {speed:g}: give a speed above 0 and up to {MOST_SPEED:g}")
        if self._pace is None:
            self._pace = ScaledClock(MOST_SPEED, self.now_s())
        self._pace.change_speed(speed)
        self._record_clock()

    async def set_paused(self, paused: bool) -> None:
        (self._running.clear if paused else self._running.set)()
        if self._pace is not None:
            self._pace.set_paused(paused)
        self._record_clock()

    def apex_url(self, canary: str) -> str:
        return ""

    async def primary_image(self, canary: str) -> str:
        return self._rollouts[canary].primary_image

    def flush(self) -> None:
        for rollout in self._rollouts.values():
            rollout.record_deliveries("delivered")

    async def kill_replica(self, workload: str) -> None:
        for rollout in self._rollouts.values():
            if rollout.kill(workload):
                record = ReplicaRecord(
                    self.now_s(), f"{workload}-0", workload, "", "exited", "killed"
                )
                self._recording.append(record)
                return
        raise UserError(f"there is no workload {workload}")

    async def wait_until(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        until_s = self.now_s() + timeout_s
        while not condition():
            if self.now_s() >= until_s:
                return False
            await self._running.wait()
            self._go_on(until_s if self._pace is None else min(until_s, self._pace.now_s()))
            await asyncio.sleep(0 if self._pace is None else _SLICE_S)
        return True

    async def wait_settled(self) -> None:
        """Everything is."""

    def _record_clock(self) -> None:
        speed = MOST_SPEED if self._pace is None else self._pace.speed
        paused = not self._running.is_set()
        self._recording.append(ClockRecord(self.now_s(), speed, paused))

    def _go_on(self, until_s: float) -> None:
        """To the next tick of any canary, or to the end of the wait."""
        due = [r for r in self._rollouts.values() if self._begun and r.due_s <= until_s]
        next_s = min((rollout.due_s for rollout in due), default=until_s)
        before_s = self.now_s()
        self._clock.advance(max(0.0, next_s - before_s))
        for rollout in self._rollouts.values():
            if self._begun:
                rollout.count(
                    requests_in(
                        self.now_s() - before_s,
                        self._rate_per_s,
                        rollout.routing.canary,
                        rollout.active_faults,
                    )
                )
        for rollout in due:
            if rollout.due_s <= self.now_s():
                rollout.tick()


def _image(before: str, wanted: str) -> str:
    """`2.0` is a tag of the image there is; anything with a name in it is an image."""
    if ":" in wanted or "/" in wanted:
        return wanted
    name, colon, tag = before.rpartition(":")
    return f"{name if colon and '/' not in tag else before}:{wanted}"
