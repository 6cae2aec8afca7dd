"""The active faults: who rolls which dice, and what was hit so far."""

import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from detail_service.errors import BoardFullError
from detail_service.faults import scope as scopes
from detail_service.faults.dice import Draws, suffers
from detail_service.faults.exchange import Caps, Hoard, Scope
from detail_service.faults.plan import Plan

MOST = 64


@dataclass(slots=True)
class Active:
    """One fault at work. `seen` counts matching requests, `hits` those that suffered."""

    id: str
    plan: Plan
    seed: int
    created_s: float
    seen: int = 0
    hits: int = 0
    ended: bool = False

    def roll(self, age_s: float) -> Draws | None:
        """Decide about the next matching request: its draws when it suffers, else None."""
        counter = self.seen
        self.seen += 1
        if suffers(self.plan.rate_at(age_s), self.seed, counter):
            return Draws(self.seed, counter)
        return None


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault hits one request."""

    fault: Active
    draws: Draws


class Board:
    """Holds the active faults. `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float], caps: Caps | None = None) -> None:
        self.clock = clock
        self.caps = caps or Caps()
        self.hoard = Hoard(self.caps.memory_bytes)
        self.live: dict[str, Active] = {}
        self.injected: dict[str, int] = {}
        self._made = 0

    def add(self, plan: Plan, name: str | None = None) -> Active:
        """Start a fault; `name` makes it the only one of that name. Raises BoardFullError."""
        self.prune()
        if len(self.live) >= MOST and name not in self.live:
            raise BoardFullError(f"{MOST} faults are active; end some before adding more")
        if name is None:
            self._made += 1
            name = f"f{self._made}"
        self._drop(name)
        seed = secrets.randbits(53) if plan.seed is None else plan.seed
        fault = Active(name, plan, seed, self.clock())
        self.live[name] = fault
        return fault

    def remove(self, name: str) -> bool:
        """End a fault; False when there is none of that id."""
        self.prune()
        return self._drop(name)

    def clear(self) -> int:
        """End all faults; how many there were."""
        return sum([self._drop(name) for name in list(self.live)])

    def prune(self) -> None:
        """Drop the faults whose lifetime is over."""
        now = self.clock()
        for fault in list(self.live.values()):
            if fault.plan.expired(now - fault.created_s):
                self._drop(fault.id)

    def _drop(self, name: str) -> bool:
        self.hoard.release(name)
        fault = self.live.pop(name, None)
        if fault is not None:
            fault.ended = True
        return fault is not None

    def __iter__(self) -> Iterator[Active]:
        self.prune()
        return iter(list(self.live.values()))

    def seconds_left(self, fault: Active) -> float | None:
        """Time until the fault ends by itself; None when it does not."""
        if fault.plan.ttl is None:
            return None
        return max(0.0, fault.created_s + fault.plan.ttl - self.clock())

    def strikes(self, scope: Scope) -> list[Strike]:
        """Roll every matching fault's dice for one request, oldest fault first."""
        now = self.clock()
        struck = []
        for fault in list(self.live.values()):
            age_s = now - fault.created_s
            if fault.plan.expired(age_s):
                self._drop(fault.id)
            elif scopes.matches(fault.plan, scope["path"], scope["method"], scope["headers"]):
                draws = fault.roll(age_s)
                if draws is not None:
                    struck.append(Strike(fault, draws))
        return struck

    def count(self, struck: Iterable[Strike]) -> None:
        """Count faults that took effect."""
        for strike in struck:
            strike.fault.hits += 1
            kind = strike.fault.plan.kind
            self.injected[kind] = self.injected.get(kind, 0) + 1
