"""Gates: doors that a person, or a test, opens and closes, and Flagger asks about."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from loadtester.webhooks.errors import BadTaskError
from loadtester.webhooks.metrics import Metrics
from loadtester.webhooks.runs.recorder import within_limit
from loadtester.webhooks.stores import Store

PREFIXES = {"gate": "", "rollback": "rollback."}
"""The kinds of gates, and what the name of each begins with before `NAME.NAMESPACE`."""
MOST_ASKED = 1000
LONGEST_NAME = 330
"""`rollback.`, a name and a namespace of Kubernetes, 253 and 63 characters, and a bit."""
WAITING_S = 120.0
"""A closed gate that was asked about within this time holds somebody back."""


@dataclass(frozen=True)
class GateState:
    """One gate; `asked_at` is when it was last asked about here, Unix seconds."""

    name: str
    is_open: bool
    asked_at: float | None = None

    @property
    def kind(self) -> str:
        """`gate` or `rollback`."""
        return "rollback" if self.name.startswith(PREFIXES["rollback"]) else "gate"

    @property
    def canary(self) -> str:
        """`NAME.NAMESPACE`."""
        return self.name.removeprefix(PREFIXES[self.kind])

    def is_waited_for(self, now: float) -> bool:
        """Whether it is closed, and somebody has just asked."""
        return not self.is_open and self.asked_at is not None and now - self.asked_at < WAITING_S


class Gates:
    """The gates of a store, and who asks for them. Each operation ends soon, or in StoreError."""

    def __init__(self, store: Store, metrics: Metrics) -> None:
        self._store = store
        self._metrics = metrics
        self._asked: dict[str, float] = {}
        self._seen: dict[str, bool] = {}

    async def ask(self, kind: str, canary: str) -> bool:
        """Whether a gate is open, counted and remembered."""
        name = PREFIXES[kind] + canary
        if len(name) > LONGEST_NAME:
            return False  # none of that name was ever opened
        is_open = await within_limit(self._store.is_open(name))
        self._asked.pop(name, None)
        self._asked[name] = time.time()
        if len(self._asked) > MOST_ASKED:
            del self._asked[next(iter(self._asked))]
        self._see(name, is_open)
        self._metrics.checked(kind, is_open)
        return is_open

    async def change(self, name: str, is_open: bool) -> None:
        """Open or close a gate; returns once that is durable."""
        if len(name) > LONGEST_NAME:
            raise BadTaskError(f"gate: a name of more than {LONGEST_NAME} characters")
        await within_limit(self._store.set_gate(name, is_open))
        self._see(name, is_open)

    def _see(self, name: str, is_open: bool) -> None:
        self._seen.pop(name, None)
        self._seen[name] = is_open
        if len(self._seen) > MOST_ASKED:
            oldest = next(iter(self._seen))
            del self._seen[next((gate for gate, state in self._seen.items() if not state), oldest)]

    def export(self) -> None:
        """Bring the metrics up to date: gates that hold somebody back first, then open ones."""
        self._metrics.show_gates({one.name: one.is_open for one in self._sorted(self._seen)})

    async def states(self) -> list[GateState]:
        """Every gate that is known: those that hold somebody back, rollback gates that are watched,
        then open ones, by name."""
        stored = await within_limit(self._store.gates())
        for name, is_open in stored.items():
            self._see(name, is_open)
        return self._sorted(stored)

    def _sorted(self, stored: Mapping[str, bool]) -> list[GateState]:
        now = time.time()
        names = {*stored, *self._asked}
        states = [GateState(n, stored.get(n, False), self._asked.get(n)) for n in names]

        def rank(one: GateState) -> tuple[bool, bool, bool, str]:
            is_asked = one.is_waited_for(now)
            return not is_asked, is_asked and one.kind == "rollback", not one.is_open, one.name

        return sorted(states, key=rank)
