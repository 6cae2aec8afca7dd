"""A world whose time passes as it is waited for, and in which things happen as scripted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from rehearsal.faults import Fault
from rehearsal.flagger.canary.model import Canary, Phase
from rehearsal.recording import Recording
from rehearsal.recording.records import EventRecord, FaultRecord, StatusRecord
from rehearsal.recording.snapshot import Snapshot
from rehearsal.world import GateKind, TargetChange
from tests.rehearsal.specs import canary as detail

NAME = "detail.flagger"


class FakeWorld:
    """`script` maps what is done (`deploy`, `change`) to what follows, one item for each second."""

    def __init__(self, subject: Canary | None = None) -> None:
        self.recording = Recording()
        self.subject = subject or detail()
        self.time_s = 0.0
        self.done: list[Any] = []
        self.script: dict[str, list[Callable[[], None]]] = {}
        self.pending: list[Callable[[], None]] = []
        self.image = "detail:1"
        self.response: str | None = '{"version":"1"}'
        self.flushed = 0

    @property
    def canaries(self) -> tuple[str, ...]:
        return (NAME,)

    def now_s(self) -> float:
        return self.time_s

    def canary(self, name: str) -> Canary:
        assert name == NAME
        return self.subject

    def snapshot(self, canary: str) -> Snapshot:
        return Snapshot(self.time_s, canary, str(self.subject.status.phase), 100, 0, 0, 1)

    def phase(self, phase: Phase) -> Callable[[], None]:
        """A status that is written."""

        def write() -> None:
            status = replace(self.subject.status, phase=phase)
            self.subject = replace(self.subject, status=status)
            self.recording.append(StatusRecord(self.time_s, NAME, str(phase), 0, 0, 0))

        return write

    def say(self, *messages: str) -> Callable[[], None]:
        """Events."""

        def write() -> None:
            for message in messages:
                self.recording.append(EventRecord(self.time_s, "Normal", message, NAME, ""))

        return write

    async def begin_control(self) -> None:
        self._do("deploy")

    async def change_target(self, canary: str, change: TargetChange) -> None:
        self._do("change", change)

    async def edit_canary(self, canary: str, spec: Mapping[str, Any]) -> None:
        self._do("edit", dict(spec))

    async def inject(self, canary: str, fault: Fault) -> None:
        self.recording.append(FaultRecord(self.time_s, str(fault), "injected"))
        self._do("inject", fault)

    async def clear_faults(self) -> None:
        self._do("clear")

    async def set_gate(self, canary: str, opened: bool, kind: GateKind = "gate") -> None:
        self._do("gate", (kind, opened))

    async def execute(self, command: str) -> str:
        self._do("execute", command)
        return "said"

    async def fetch(self, canary: str, path: str) -> str | None:
        return self.response

    def apex_url(self, canary: str) -> str:
        return ""

    async def primary_image(self, canary: str) -> str:
        return self.image

    def flush(self) -> None:
        self.flushed += 1

    async def kill_replica(self, workload: str) -> None:
        self._do("kill", workload)

    async def set_speed(self, speed: float) -> None:
        self._do("speed", speed)

    async def set_paused(self, paused: bool) -> None:
        self._do("pause", paused)

    async def wait_until(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        deadline_s = self.time_s + timeout_s
        while not condition():
            if self.time_s >= deadline_s:
                return False
            self.time_s += 1.0
            if self.pending:
                self.pending.pop(0)()
            await asyncio.sleep(0)
        return True

    async def wait_settled(self) -> None:
        self._do("settled")

    def _do(self, what: str, value: Any = None) -> None:
        self.done.append(what if value is None else (what, value))
        self.pending += self.script.pop(what, [])
