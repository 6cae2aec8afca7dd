"""A page served beside a rehearsal in the simulated world, in a thread of its own."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx2

from commons.sockets import listen
from rehearsal.output.web.access import Access
from rehearsal.output.web.live_page import LivePage, choices_of
from rehearsal.scenario.commanded import CommandedRunner
from rehearsal.scenario.runner import ScenarioRunner
from rehearsal.simulated.world import SimulatedWorld
from tests.rehearsal.output.web.played import (
    NAME,
    PROVIDER,
    SUBJECT,
    document,
    scenario_of,
    without_commands,
)
from xray_local.store import TraceStore

SNAPSHOT_S = 0.05


class Served:
    """One page and what is behind it. Made on an event loop."""

    def __init__(self, *, manual: bool, scenario: str, subject: Any = SUBJECT) -> None:
        found = scenario_of(scenario)
        steps = tuple(map(without_commands, found.steps))
        self.world = SimulatedWorld([subject])
        runner = ScenarioRunner(self.world, found, NAME, PROVIDER, lambda _: {})
        runner.outcomes[:] = [type(runner.outcomes[0])(step) for step in steps]
        self.outcomes = runner.outcomes
        by_name = type(found)(found.name, found.description, steps, found.path)
        self.runner = CommandedRunner(runner, self.world, by_name, by_hand=manual)
        listener = listen("127.0.0.1", 0)
        self.access = Access("127.0.0.1", listener.getsockname()[1])
        self.traces = TraceStore()
        choices = choices_of(by_name, manual=manual, images=("2.0", "3.0"))
        self.page = LivePage(self.world, self.runner, self._document, choices, self.traces)
        self.address = self.page.serve(self.access, listener)
        self.origin = self.address.partition("/?")[0]

    def _document(self) -> Any:
        return document(
            *self.world.recording.since(),
            outcomes=self.outcomes,
            canaries=[(self.world.canary(NAME), PROVIDER)],
            speed=1000.0,
        )

    async def play(self, speed: float) -> None:
        """To the end; the page is told, and closed."""
        sampling = asyncio.create_task(self._sample())
        try:
            await self.world.set_speed(speed)
            await self.runner.play()
        finally:
            sampling.cancel()
            self.page.refuse_commands()
            self.page.end(self._document())
            await self.page.close()

    async def _sample(self) -> None:
        while True:
            self.world.recording.append(self.world.snapshot(NAME))
            self.world.flush()
            await asyncio.sleep(SNAPSHOT_S)


@asynccontextmanager
async def served(*, manual: bool = True, scenario: str = "tutorial") -> AsyncIterator[Served]:
    """A page on this event loop; nothing is played yet."""
    page = Served(manual=manual, scenario=scenario)
    try:
        yield page
    finally:
        await page.page.close()


@contextmanager
def playing(
    speed: float = 400.0, *, manual: bool = True, scenario: str = "tutorial", subject: Any = SUBJECT
) -> Iterator[Served]:
    """A rehearsal under way in a thread; it is ended, if it has not, when the block is."""
    ready = threading.Event()
    found: list[Any] = []

    async def run() -> None:
        page = Served(manual=manual, scenario=scenario, subject=subject)
        task = asyncio.current_task()
        found.extend((page, asyncio.get_running_loop(), task))
        ready.set()
        await page.play(speed)

    def in_thread() -> None:
        try:
            asyncio.run(run())
        except asyncio.CancelledError:
            return

    thread = threading.Thread(target=in_thread)
    thread.start()
    assert ready.wait(10)
    page, loop, task = found
    try:
        yield page
    finally:
        if thread.is_alive():
            loop.call_soon_threadsafe(task.cancel)
        thread.join(20)
        assert not thread.is_alive()


def client(page: Served, **headers: str) -> httpx2.AsyncClient:
    """A client with the cookie of the page."""
    cookie = page.access.cookie().partition(";")[0]
    return httpx2.AsyncClient(
        base_url=page.origin, trust_env=False, headers={"cookie": cookie, **headers}, timeout=10
    )
