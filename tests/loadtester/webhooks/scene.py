"""A scene for jobs under test: real processes, no server."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.processes.running import Finished
from loadtester.webhooks.processes.supervisor import Supervisor
from loadtester.webhooks.tasks import TYPES
from loadtester.webhooks.tasks.base import Job, Outcome

OPEN = Policy()


class TestScene:
    """Keeps what the job showed."""

    __test__ = False

    def __init__(self, processes: Supervisor, timeout_s: float) -> None:
        self._processes = processes
        self.timeout_s = timeout_s
        self.shown: list[Mapping[str, Any]] = []

    async def run_process(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        keep: Callable[[bytes], bytes] = bytes,
    ) -> Finished:
        return await self._processes.run(
            argv, timeout_s=self.timeout_s, limit_bytes=1 << 20, env=env, cwd=cwd, keep=keep
        )

    def show(self, live: Mapping[str, Any]) -> None:
        self.shown.append(live)


@asynccontextmanager
async def scene(timeout_s: float = 60.0) -> AsyncIterator[TestScene]:
    """A scene whose processes end with it."""
    processes = Supervisor()
    processes.open()
    try:
        yield TestScene(processes, timeout_s)
    finally:
        processes.close()


def plan(policy: Policy = OPEN, /, **metadata: str) -> Job:
    """The job of ``metadata`` for the canary detail.flagger."""
    payload = Payload("detail", "flagger", "Progressing", "c1", metadata)
    return TYPES[metadata.get("type", "cmd")].plan(payload, policy)


async def run(timeout_s: float = 60.0, /, **metadata: str) -> Outcome:
    """Plan and run it."""
    job = plan(**metadata)
    async with scene(timeout_s) as stage:
        return await job.run(stage)
