"""Opens gates that webhooks have found closed: by itself, or when somebody says so."""

import asyncio
from collections.abc import AsyncIterator

from rehearsal.recording.records import NoteRecord
from rehearsal.world import World


async def open_waiting_gates(world: World, intervals: int, pause_s: float = 0.0) -> None:
    """Open a gate that has been waited for so many analysis intervals; until cancelled.

    It looks every `pause_s` seconds of the wall's clock.
    """
    waiting_since_s: dict[str, float] = {}
    while True:
        for canary in world.canaries:
            interval_s = world.canary(canary).spec.analysis.interval_s
            if not world.snapshot(canary).waiting_for:
                waiting_since_s.pop(canary, None)
                continue
            since_s = waiting_since_s.setdefault(canary, world.now_s())
            if world.now_s() - since_s >= intervals * interval_s:
                waiting_since_s.pop(canary)
                await _open(world, canary)
        await asyncio.sleep(pause_s)


async def open_when_asked(world: World, asked: AsyncIterator[object]) -> None:
    """Open what is waited for each time that somebody asks, until nobody can any longer."""
    async for _ in asked:
        for canary in world.canaries:
            if world.snapshot(canary).waiting_for:
                await _open(world, canary)


async def _open(world: World, canary: str) -> None:
    await world.set_gate(canary, opened=True)
    world.recording.append(NoteRecord(world.now_s(), f"  gate of {canary} opened"))
