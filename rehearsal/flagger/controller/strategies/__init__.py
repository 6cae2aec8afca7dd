"""Deployment strategies: one file each, chosen by the analysis."""

from __future__ import annotations

from collections.abc import Callable

from rehearsal.flagger.canary.analysis import Strategy
from rehearsal.flagger.controller.ports import Routing
from rehearsal.flagger.controller.strategies import abtesting, bluegreen, canary
from rehearsal.flagger.controller.tick import Tick

__all__ = ["advance"]

_STRATEGIES: dict[Strategy, Callable[[Tick, Routing], None]] = {
    "ab-testing": abtesting.advance,
    "blue-green": bluegreen.advance,
    "canary": canary.advance,
}


def advance(tick: Tick, routing: Routing) -> None:
    """Take the next step of the canary's strategy, given what is routed now."""
    _STRATEGIES[tick.canary.spec.analysis.strategy](tick, routing)
