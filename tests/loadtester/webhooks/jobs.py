"""Jobs under test: with real processes, without a server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.processes.supervisor import Supervisor
from loadtester.webhooks.tasks import TYPES
from loadtester.webhooks.tasks.base import Job, Outcome, RunContext

OPEN = Policy()


@asynccontextmanager
async def run_context(timeout_s: float = 60.0) -> AsyncIterator[RunContext]:
    """A context whose processes end with it."""
    processes = Supervisor()
    processes.open()
    try:
        yield RunContext(processes, timeout_s, 1 << 20)
    finally:
        processes.close()


def prepare(policy: Policy = OPEN, /, **metadata: str) -> Job:
    """The job of `metadata` for the canary detail.flagger."""
    payload = Payload("detail", "flagger", "Progressing", "c1", metadata)
    return TYPES[metadata.get("type", "cmd")].prepare(payload, policy)


async def run(timeout_s: float = 60.0, /, **metadata: str) -> Outcome:
    """Prepare and run it."""
    job = prepare(**metadata)
    async with run_context(timeout_s) as context:
        return await job.run(context)
