"""The world a rollout happens in: live on this machine, or simulated on a virtual clock.

A scenario is played against this protocol alone. All that happens is in `recording`; nothing is
returned that could be read there. Errors are those of `rehearsal.errors`: UserError for what cannot
be done because of how it was asked, LiveWorldError when a part of the world broke.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from rehearsal.recording import Recording
from rehearsal.recording.snapshot import Snapshot

if TYPE_CHECKING:
    from rehearsal.faults import Fault
    from rehearsal.flagger.canary.model import Canary

GateKind = Literal["gate", "rollback"]


@dataclass(frozen=True)
class TargetChange:
    """What a person changes in a target's pod template.

    `candidate` runs the candidate's command from now on (a new revision even if nothing else
    changes); `template` replaces the whole pod template, as `kubectl apply` of a Deployment does.
    """

    image: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    candidate: bool = False
    template: Mapping[str, Any] | None = None


class World(Protocol):
    """Where canaries are rolled out. Canaries are named `name.namespace`."""

    @property
    def recording(self) -> Recording:
        """All that has happened so far."""
        ...

    @property
    def canaries(self) -> tuple[str, ...]:
        """The names of the canaries that are controlled here."""
        ...

    def now_s(self) -> float:
        """The canary's clock."""
        ...

    def canary(self, name: str) -> Canary:
        """The object as it stands, its status included."""
        ...

    def snapshot(self, canary: str) -> Snapshot:
        """The moment, for those who watch."""
        ...

    async def begin_control(self) -> None:
        """Apply what was given, and let the control loop take the canaries up."""
        ...

    async def change_target(self, canary: str, change: TargetChange) -> None:
        """Change the target as its owner would: a new image, variable, annotation or template."""
        ...

    async def edit_canary(self, canary: str, spec: Mapping[str, Any]) -> None:
        """Merge into the Canary's spec, as `kubectl patch --type merge` does."""
        ...

    async def inject(self, canary: str, fault: Fault) -> None:
        """Put a fault in front of the candidate."""
        ...

    async def clear_faults(self) -> None:
        """Take all faults out again."""
        ...

    async def set_gate(self, canary: str, opened: bool, kind: GateKind = "gate") -> None:
        """Open or close the gate that a canary's confirm-* or rollback webhooks ask."""
        ...

    async def execute(self, command: str) -> str:
        """Run a shell command as `kubectl exec` in the load tester would; its output."""
        ...

    async def fetch(self, canary: str, path: str) -> str | None:
        """The response of the apex to a GET; None where nothing is served (a simulated world)."""
        ...

    def apex_url(self, canary: str) -> str:
        """Where a browser on this machine reaches the apex; "" where nothing is served."""
        ...

    async def primary_image(self, canary: str) -> str:
        """The image of the primary's application; "" before there is one."""
        ...

    def flush(self) -> None:
        """Record what was counted and is not recorded yet."""
        ...

    async def kill_replica(self, workload: str) -> None:
        """Kill one replica of a workload, as a node's failure would."""
        ...

    async def set_speed(self, speed: float) -> None:
        """Let the canary's clock go so many times as fast as the wall's."""
        ...

    async def set_paused(self, paused: bool) -> None:
        """Stop the canary's clock, and with it ticks and background traffic, or let it go on."""
        ...

    async def wait_until(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Let time pass until the condition holds; False after `timeout_s` of the canary's time."""
        ...

    async def wait_settled(self) -> None:
        """Let time pass until every workload has the replicas it wants, all available."""
        ...
