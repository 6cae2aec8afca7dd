"""The records of a rehearsal: everything that was said, decided, measured or done, as values.

Times are seconds of the canary's clock. A record holds plain values only, so that it can be written
as JSON (`to_json`) and read without the objects it came from. Canaries are named `name.namespace`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal

ReplicaState = Literal["starting", "ready", "unready", "stopping", "exited", "gone"]


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that happened. `kind` names its type in JSON."""

    kind: ClassVar[str] = "record"
    time_s: float

    def to_json(self) -> dict[str, Any]:
        """The record as a JSON object: its kind, its time, its fields."""
        return {"kind": self.kind, **asdict(self)}


@dataclass(frozen=True, slots=True)
class LogRecord(Record):
    """A line of the controller's log; `canary` is None where Flagger names none."""

    kind: ClassVar[str] = "log"
    level: Literal["debug", "info", "warn", "error"]
    message: str
    canary: str | None
    caller: str
    belongs_to_event: bool = False


@dataclass(frozen=True, slots=True)
class EventRecord(Record):
    """A Kubernetes event on a Canary, with the phase of the object it was recorded on.

    `why` is the rule behind it with the numbers in it; empty where it already says all there is.
    """

    kind: ClassVar[str] = "event"
    type: Literal["Normal", "Warning"]
    message: str
    canary: str
    phase: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class AlertRecord(Record):
    """An alert to people; `provider` is None for Flagger's global one."""

    kind: ClassVar[str] = "alert"
    severity: Literal["info", "warn", "error"]
    message: str
    canary: str
    provider: str | None
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class GaugeRecord(Record):
    """A sample of one of Flagger's own metrics; of a `_total`, what was added to it."""

    kind: ClassVar[str] = "gauge"
    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TickRecord(Record):
    """A tick of the control loop begins; what it does to the canary follows, up to the next."""

    kind: ClassVar[str] = "tick"
    canary: str


@dataclass(frozen=True, slots=True)
class StatusRecord(Record):
    """A status that the controller has written."""

    kind: ClassVar[str] = "status"
    canary: str
    phase: str
    canary_weight: int
    failed_checks: int
    iterations: int


@dataclass(frozen=True, slots=True)
class WeightRecord(Record):
    """A split of traffic that is now in force at the apex, in percent."""

    kind: ClassVar[str] = "weight"
    canary: str
    primary_weight: int
    canary_weight: int
    mirrored: bool = False
    matched: bool = False


@dataclass(frozen=True, slots=True)
class MetricRecord(Record):
    """A value that a check was given, or None where there was none (`error` says why).

    `limits` is what the value is held against (`at least 99%`), and `counted` by how much the
    counters of the query rose in its window: for builtin metrics the number of requests.
    `explanation` has the series that the query matched and what its parts came to, a line each;
    it is empty, and `counted` None, where another server answered.
    """

    kind: ClassVar[str] = "metric"
    canary: str
    metric: str
    query: str
    value: float | None
    error: str = ""
    explanation: tuple[str, ...] = ()
    limits: str = ""
    counted: float | None = None


@dataclass(frozen=True, slots=True)
class HookRecord(Record):
    """A webhook that was called; `failure` is empty when it was accepted."""

    kind: ClassVar[str] = "hook"
    canary: str
    name: str
    type: str
    failure: str = ""


@dataclass(frozen=True, slots=True)
class ReplicaRecord(Record):
    """What became of a replica; `image` is that of its application, where it is known."""

    kind: ClassVar[str] = "replica"
    pod: str
    workload: str
    revision: str
    state: ReplicaState
    detail: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True)
class FaultRecord(Record):
    """A fault put in force or taken out; of `matched` requests it has reached `delivered`."""

    kind: ClassVar[str] = "fault"
    fault: str
    state: Literal["injected", "delivered", "removed"]
    matched: int = 0
    delivered: int = 0


@dataclass(frozen=True, slots=True)
class TrafficRecord(Record):
    """Background requests since the last such record, at one weight of the canary.

    `weight` is None for those during which it changed. `sides` counts by who answered: `primary`,
    `canary`, `unknown` (no pod was named), `failed` (no response).
    """

    kind: ClassVar[str] = "traffic"
    weight: int | None
    requests: int
    failures: int
    sides: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepRecord(Record):
    """A step of the scenario that began or ended."""

    kind: ClassVar[str] = "step"
    step: str
    title: str
    state: Literal["started", "passed", "failed", "unfinished", "inconclusive", "not run"]
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClockRecord(Record):
    """How many times as fast as the wall's the canary's clock goes from now on, if it does."""

    kind: ClassVar[str] = "clock"
    speed: float
    paused: bool


@dataclass(frozen=True, slots=True)
class NoteRecord(Record):
    """A sentence of the rehearsal itself."""

    kind: ClassVar[str] = "note"
    text: str


@dataclass(frozen=True, slots=True)
class OutputRecord(Record):
    """What a command printed."""

    kind: ClassVar[str] = "output"
    text: str


@dataclass(frozen=True, slots=True)
class LatenessRecord(Record):
    """The machine fell behind: something was due and came this much later, in wall seconds."""

    kind: ClassVar[str] = "lateness"
    what: str
    late_s: float
