"""Stand-ins for Envoy, processes and the clock, so that the shells around them can be tested."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal.clock import ScaledClock
from rehearsal.live.mesh.faults import Delivery
from rehearsal.live.mesh.topology import Topology


class FakeEnvoy:
    """Takes up every change at once, or fails as told; remembers all of them."""

    def __init__(self) -> None:
        self.topology = Topology()
        self.environment = "fake"
        self.port = 12345
        self.changes = 0
        self.failure: Exception | None = None
        self.counted: dict[str, tuple[Delivery, ...]] = {}

    async def change(self, edit: Callable[[Topology], Topology]) -> None:
        if self.failure is not None:
            raise self.failure
        self.topology = edit(self.topology)
        self.changes += 1

    async def deliveries(self) -> dict[str, tuple[Delivery, ...]]:
        return self.counted


class FakeProcess:
    """A process that runs until the test ends it."""

    def __init__(self, name: str, argv: Sequence[str], env: Mapping[str, str]) -> None:
        self.name = name
        self.argv = list(argv)
        self.env = dict(env)
        self.pid = 1
        self.expected_to_end = False
        self.exit_code: int | None = None
        self.printed = ""
        self.stopped_with_grace_s: float | None = None
        self._ended = asyncio.Event()

    def end(self, code: int, printed: str = "") -> None:
        self.exit_code, self.printed = code, printed
        self._ended.set()

    async def wait(self) -> int:
        await self._ended.wait()
        assert self.exit_code is not None
        return self.exit_code

    async def stop(self, grace_s: float = 10.0) -> None:
        self.expected_to_end = True
        self.stopped_with_grace_s = grace_s
        self.end(-15)

    async def kill(self) -> None:
        self.end(-9)

    def last_words(self, lines: int = 5) -> str:
        return "\n".join(self.printed.splitlines()[-lines:]) or "it printed nothing"

    def output(self) -> str:
        return self.printed


@dataclass
class FakeProcessGroup:
    """Starts nothing; what would have been started is in `started`."""

    folder: Path
    environment: str = "fake"
    started: list[FakeProcess] = field(default_factory=list)
    on_start: Callable[[FakeProcess], None] = lambda process: None

    async def start(
        self, name: str, argv: Sequence[str], env: Mapping[str, str] | None = None
    ) -> Any:
        process = FakeProcess(name, argv, env or {})
        self.started.append(process)
        self.on_start(process)
        return process

    def running_pids(self) -> list[int]:
        return [process.pid for process in self.started if process.exit_code is None]

    def named(self, start: str) -> list[FakeProcess]:
        """Those whose name begins so, in the order of their start."""
        return [process for process in self.started if process.name.startswith(start)]


class SettableClock(ScaledClock):
    """A clock that stands where it is put; sleeping on it takes no time."""

    def __init__(self, speed: float = 1000.0) -> None:
        super().__init__(speed)
        self.time_s = 0.0

    def now_s(self) -> float:
        return self.time_s

    async def sleep(self, duration_s: float) -> None:
        self.time_s += max(0.0, duration_s)
        await asyncio.sleep(0)


async def until(condition: Callable[[], object], patience_s: float = 5.0) -> None:
    """Let others run until the condition holds."""
    deadline_s = asyncio.get_running_loop().time() + patience_s
    while not condition():
        assert asyncio.get_running_loop().time() < deadline_s, "it did not come"
        await asyncio.sleep(0.005)
