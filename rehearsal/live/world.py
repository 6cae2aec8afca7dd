"""The live environment as a `World`: what a scenario may do to it, and what it can see."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Literal

import httpx2
from pydantic import ValidationError

from rehearsal.applications.pod import (
    BUILD,
    read_pod,
    with_annotations,
    with_env,
    with_image,
)
from rehearsal.applications.registry import CANDIDATE
from rehearsal.errors import LiveWorldError, UserError
from rehearsal.faults import Fault
from rehearsal.flagger.canary.model import Canary
from rehearsal.live.environment import Environment
from rehearsal.live.fault_pages import FaultPages
from rehearsal.live.loopback import loopback_client
from rehearsal.live.mesh.faults import Delivery
from rehearsal.live.rollout import Rollout
from rehearsal.recording import Recording
from rehearsal.recording.records import ClockRecord, FaultRecord, HookRecord
from rehearsal.recording.snapshot import Snapshot
from rehearsal.world import GateKind, TargetChange

_POLL_S = 0.05
_SETTLE_S = 90.0
_FAULT_PERIOD_S = 0.4
_WAITING = ("confirm-rollout", "confirm-promotion", "confirm-traffic-increase")


class LiveWorld:
    """Faults are put in front of the pods of the target, those yet to come included."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._faults: dict[str, tuple[Fault, ...]] = {}
        self._faulty: dict[str, tuple[Fault, ...]] = {}
        self._delivered: Counter[tuple[str, Fault]] = Counter()
        self._matched: Counter[tuple[str, Fault]] = Counter()
        self._inside: dict[str, Delivery] = {}
        self._pages = FaultPages(lambda: environment.kubelet.fault_pages())
        self._revision = 0
        self._commands = 0

    @property
    def environment(self) -> Environment:
        return self._environment

    @property
    def recording(self) -> Recording:
        return self._environment.recording

    @property
    def canaries(self) -> tuple[str, ...]:
        return tuple(self._environment.rollouts)

    def now_s(self) -> float:
        return self._environment.clock.now_s()

    def canary(self, name: str) -> Canary:
        return self._rollout(name).canary()

    def snapshot(self, canary: str) -> Snapshot:
        rollout = self._rollout(canary)
        now = rollout.canary()
        routing = rollout.routes.routing if rollout.routes else None
        measured = self._environment.scraping.measured(rollout)
        traffic = self._environment.traffic
        return Snapshot(
            time_s=self.now_s(),
            canary=canary,
            phase=str(now.status.phase),
            primary_weight=routing.primary if routing else 100,
            canary_weight=routing.canary if routing else 0,
            failed_checks=now.status.failed_checks,
            threshold=now.spec.analysis.failed_checks_limit,
            iterations=now.status.iterations,
            success_percent=measured.success_percent,
            p99_ms=measured.p99_ms,
            requests=traffic.total.requests if traffic else 0,
            failures=traffic.total.failures if traffic else 0,
            waiting_for=self._waiting_for(canary),
            replicas=self._environment.cluster.replicas(),
        )

    async def begin_control(self) -> None:
        self._environment.begin_control()

    async def change_target(self, canary: str, change: TargetChange) -> None:
        workloads = self._rollout(canary).workloads
        template = dict(change.template) if change.template else workloads.template()
        port = self.canary(canary).spec.service.target_port
        container = read_pod(template, port).container
        if change.image:
            template = with_image(template, container.name, _full_image(container, change.image))
        if change.env:
            template = with_env(template, container.name, change.env)
        if change.annotations:
            template = with_annotations(template, change.annotations)
        if change.candidate:
            template = with_annotations(template, {BUILD: CANDIDATE})
        if template == workloads.template():
            raise UserError(
                f"{canary}: the change leaves the pod template as it is; change something"
            )
        self._environment.config.applications.find(read_pod(template, port))
        workloads.change_template(template)

    async def edit_canary(self, canary: str, spec: Mapping[str, Any]) -> None:
        try:
            self._rollout(canary).edit(spec)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise UserError(f"{canary}: spec.{where}: {first['msg']}") from None

    async def inject(self, canary: str, fault: Fault) -> None:
        self._faults[canary] = (*self._faults.get(canary, ()), fault)
        self.recording.append(FaultRecord(self.now_s(), str(fault), "injected"))
        await self._apply_faults()

    async def clear_faults(self) -> None:
        await self.count_deliveries()
        for faults in self._faults.values():
            for fault in faults:
                self._record_delivery(fault, "removed")
        self._faults.clear()
        self._matched.clear()
        self._delivered.clear()
        await self._apply_faults()

    def _record_delivery(self, fault: Fault, state: Literal["delivered", "removed"]) -> None:
        """How many requests a fault was meant for so far, and how many it reached."""
        matched = sum(count for (_, f), count in self._matched.items() if f == fault)
        delivered = sum(count for (_, f), count in self._delivered.items() if f == fault)
        record = FaultRecord(self.now_s(), str(fault), state, matched, delivered)
        self.recording.append(record)

    async def watch_faults(self) -> None:
        """Keep faults in front of the pods that come, and their counts, until cancelled."""
        while True:
            await self._apply_faults()
            before = self._matched.total()
            await self.count_deliveries()
            await self._pages.read()
            if self._matched.total() != before:
                self._record_deliveries()
            self._record_pages(only_new=True)
            await asyncio.sleep(_FAULT_PERIOD_S)

    def _record_deliveries(self) -> None:
        for faults in self._faults.values():
            for fault in faults:
                self._record_delivery(fault, "delivered")

    def _record_pages(self, *, only_new: bool) -> None:
        """What faults inside the applications have reached so far."""
        for name, delivery in self._pages.deliveries():
            if only_new and delivery == self._inside.get(name):
                continue
            self._inside[name] = delivery
            counts = (delivery.matched, delivery.delivered)
            self.recording.append(FaultRecord(self.now_s(), name, "delivered", *counts))

    async def set_gate(self, canary: str, opened: bool, kind: GateKind = "gate") -> None:
        gates = self._environment.gates
        if gates is None:
            raise UserError(f"{canary}: no webhook of it goes to a load tester, so it has no gates")
        now = self.canary(canary)
        await gates.set(now.name, now.namespace, kind, opened)

    async def execute(self, command: str) -> str:
        self._commands += 1
        return await self._environment.execute(f"exec-{self._commands}", command)

    def apex_url(self, canary: str) -> str:
        now = self.canary(canary)
        port = now.spec.service.port
        address = self._environment.listening_address(now.namespace, port, now.apex_service)
        return f"http://{address}:{port}/" if address else ""

    async def set_speed(self, speed: float) -> None:
        clock = self._environment.clock
        try:
            self._environment.change_speed(speed)
        except ValueError as error:
            raise UserError(f"speed {speed:g}: give {error}, the one it began with") from None
        self.recording.append(ClockRecord(self.now_s(), clock.speed, clock.paused))

    async def set_paused(self, paused: bool) -> None:
        clock = self._environment.clock
        clock.set_paused(paused)
        self.recording.append(ClockRecord(self.now_s(), clock.speed, clock.paused))

    async def primary_image(self, canary: str) -> str:
        primary = self._rollout(canary).workloads.primary()
        port = self.canary(canary).spec.service.target_port
        return read_pod(primary.template, port).container.image if primary else ""

    def flush(self) -> None:
        if self._environment.traffic is not None:
            self._environment.traffic.report()
        self._record_deliveries()
        self._record_pages(only_new=False)

    async def fetch(self, canary: str, path: str) -> str | None:
        """The response of the apex to a GET, through the mesh; its status where it has no body."""
        now = self.canary(canary)
        host = f"{now.apex_service}.{now.namespace}:{now.spec.service.port}"
        proxy = self._environment.proxy
        headers = {"Accept": "application/json"}
        try:
            async with loopback_client(proxy=proxy, timeout=10.0) as client:
                response = await client.get(f"http://{host}{path}", headers=headers)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return f"no response: {error!r}"
        return response.text[:65536] or f"status {response.status_code}"

    async def kill_replica(self, workload: str) -> None:
        for name, (key, _) in self._environment.cluster.pods().items():
            if key[1] == workload and await self._kill(name):
                return
        raise UserError(f"kill: no running replica of {workload}")

    async def wait_until(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """As World has it; LiveWorldError when a part of the world dies meanwhile."""
        deadline_s = self.now_s() + timeout_s
        while not condition():
            if self._environment.failure.done():
                raise LiveWorldError(self._environment.failure.result())
            if self.now_s() > deadline_s:
                return False
            await asyncio.sleep(_POLL_S)
        return True

    async def wait_settled(self) -> None:
        wanted_s = _SETTLE_S * self._environment.clock.most_speed
        if not await self.wait_until(self._environment.cluster.settled, wanted_s):
            raise LiveWorldError("replicas did not settle after the rollout")

    async def _kill(self, pod: str) -> bool:
        return await self._environment.kubelet.kill(pod)

    async def _apply_faults(self) -> None:
        wanted: dict[str, tuple[Fault, ...]] = {}
        pods = self._environment.envoy.topology.pods
        for name, faults in self._faults.items():
            canary = self.canary(name)
            owners = self._environment.cluster.pods()
            target = (canary.namespace, canary.target)
            wanted |= {p: faults for p in pods if p in owners and owners[p][0] == target}
        if wanted != self._faulty:
            self._faulty = wanted
            await self._environment.envoy.change(lambda topology: topology.with_faults(wanted))

    async def count_deliveries(self) -> None:
        """Read what each fault has reached so far."""
        if not self._faulty:
            return
        for pod, deliveries in (await self._environment.envoy.deliveries()).items():
            faults = self._faulty.get(pod, ())
            for fault, counted in zip(faults, deliveries, strict=False):
                self._note(pod, fault, counted)

    def _note(self, pod: str, fault: Fault, counted: Delivery) -> None:
        """Counters only grow; a listener that was made anew begins again and is then behind."""
        key = (pod, fault)
        self._matched[key] = max(self._matched[key], counted.matched)
        self._delivered[key] = max(self._delivered[key], counted.delivered)

    def _waiting_for(self, canary: str) -> tuple[str, ...]:
        """The gates whose last answer was no."""
        last: dict[str, HookRecord] = {}
        for record in self.recording.of_type(HookRecord):
            if record.canary == canary and record.type in _WAITING:
                last[record.name] = record
        return tuple(name for name, record in last.items() if record.failure)

    def _rollout(self, name: str) -> Rollout:
        try:
            return self._environment.rollouts[name]
        except KeyError:
            known = ", ".join(self._environment.rollouts)
            raise UserError(f"no canary {name!r} here; there is {known}") from None


def _full_image(container: Any, image: str) -> str:
    """A tag alone is a tag of the image that is there."""
    return f"{container.repository}:{image}" if "/" not in image and ":" not in image else image
