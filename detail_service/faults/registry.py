"""The active faults: whose turn it is, and what was matched, selected and delivered so far."""

import secrets
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from starlette.types import Scope

from detail_service.errors import TooManyFaultsError
from detail_service.faults.dice import Draws, is_selected
from detail_service.faults.limits import FaultLimits, MemoryBudget
from detail_service.faults.scope import matches
from detail_service.faults.spec import FaultSpec

MAX_ACTIVE = 64
MAX_ENDED = 64


@dataclass(slots=True)
class Delivery:
    """Counts of requests: within the scope, chosen by the dice, and reached by the effect."""

    matched: int = 0
    selected: int = 0
    delivered: int = 0


@dataclass(slots=True)
class ActiveFault:
    """One fault at work. `seed` is the one in use, `ended_by` why it no longer is."""

    id: str
    spec: FaultSpec
    seed: int
    created_s: float
    totals: Delivery
    """The counts of all faults of this kind."""
    counts: Delivery = field(default_factory=Delivery)
    ended_by: str = ""

    @property
    def ended(self) -> bool:
        return self.ended_by != ""

    def select(self, age_s: float) -> Draws | None:
        """Decide about the next matching request: its draws when it is hit, else None."""
        counter = self.counts.matched
        self.counts.matched += 1
        self.totals.matched += 1
        if not is_selected(self.spec.rate_at(age_s), self.seed, counter):
            return None
        self.counts.selected += 1
        self.totals.selected += 1
        return Draws(self.seed, counter)


@dataclass(frozen=True, slots=True)
class Injection:
    """One fault that is to hit one request."""

    fault: ActiveFault
    draws: Draws

    def delivered(self) -> None:
        """Count that the fault took effect."""
        self.fault.counts.delivered += 1
        self.fault.totals.delivered += 1


class FaultRegistry:
    """Holds the active faults. `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float], limits: FaultLimits | None = None) -> None:
        self.clock = clock
        self.limits = limits or FaultLimits()
        self.memory = MemoryBudget(self.limits.memory_bytes)
        self.active: dict[str, ActiveFault] = {}
        self.ended: deque[ActiveFault] = deque(maxlen=MAX_ENDED)
        """The faults that ended last, oldest first: their counts can still be read."""
        self.totals: dict[str, Delivery] = {}
        self._created = 0

    def start(self, spec: FaultSpec, name: str | None = None) -> ActiveFault:
        """Start a fault; `name` makes it the only one of that name. Raises TooManyFaultsError."""
        self.prune()
        if len(self.active) >= MAX_ACTIVE and name not in self.active:
            raise TooManyFaultsError(
                f"{MAX_ACTIVE} faults are active; end some before starting more"
            )
        if name is None:
            self._created += 1
            name = f"f{self._created}"
        self._end(name, "replaced")
        self.active[name] = fault = self.transient(spec, name)
        return fault

    def transient(self, spec: FaultSpec, name: str, seed: int | None = None) -> ActiveFault:
        """A fault that is counted with its kind and is not among the active ones."""
        if seed is None:
            seed = secrets.randbits(53) if spec.seed is None else spec.seed
        totals = self.totals.setdefault(spec.kind, Delivery())
        return ActiveFault(name, spec, seed, self.clock(), totals)

    def end(self, fault_id: str) -> bool:
        """End a fault; False when there is none of that id."""
        self.prune()
        return self._end(fault_id, "request")

    def reset(self) -> int:
        """End all faults; how many there were."""
        self.prune()
        return sum([self._end(name, "reset") for name in list(self.active)])

    def prune(self) -> None:
        """End the faults whose lifetime is over."""
        now = self.clock()
        for fault in list(self.active.values()):
            if fault.spec.expired(now - fault.created_s):
                self._end(fault.id, "ttl")

    def _end(self, name: str, cause: str) -> bool:
        self.memory.release(name)
        fault = self.active.pop(name, None)
        if fault is None:
            return False
        fault.ended_by = cause
        self.ended.append(fault)
        return True

    def __iter__(self) -> Iterator[ActiveFault]:
        self.prune()
        return iter(list(self.active.values()))

    def seconds_left(self, fault: ActiveFault) -> float | None:
        """Time until the fault ends by itself; None when it does not."""
        if fault.spec.ttl is None:
            return None
        return max(0.0, fault.created_s + fault.spec.ttl - self.clock())

    def next_expiry_s(self) -> float | None:
        """Time until the next fault ends by itself; None when none does."""
        left = [self.seconds_left(fault) for fault in self.active.values()]
        return min((seconds for seconds in left if seconds is not None), default=None)

    def select(self, scope: Scope) -> list[Injection]:
        """Roll every matching fault's dice for one request, oldest fault first."""
        now = self.clock()
        selected = []
        for fault in list(self.active.values()):
            age_s = now - fault.created_s
            if fault.spec.expired(age_s):
                self._end(fault.id, "ttl")
            elif matches(fault.spec, scope["path"], scope["method"], scope["headers"]):
                draws = fault.select(age_s)
                if draws is not None:
                    selected.append(Injection(fault, draws))
        return selected
