"""A scenario as values: its steps, what each does, and what is expected of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from rehearsal.faults import Fault

Ending = Literal["initialized", "promoted", "rolled-back", "finished"]
ENDINGS: tuple[Ending, ...] = ("initialized", "promoted", "rolled-back", "finished")


@dataclass(frozen=True)
class Condition:
    """Something to wait for: all of what is given must have come since the step began.

    `event` is the beginning of an event's message, with {canary}, {target} and {primary} filled in.
    `gate` waits until a webhook of that name waits for approval.
    """

    ending: Ending | None = None
    phase: str = ""
    event: str = ""
    weight: int | None = None
    iterations: int | None = None
    gate: str = ""


@dataclass(frozen=True)
class Action:
    """One thing to do; just one of its kinds is given."""

    kind: str
    value: Any = None
    line: int = 0


@dataclass(frozen=True)
class ApplyFile:
    """`kubectl apply` of the target's manifest, with variables filled in as envsubst does."""

    path: Path
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Response:
    """What the apex should answer to a GET: its body contains `contains`."""

    path: str
    contains: str


@dataclass(frozen=True)
class Expectations:
    """What a step should come to. None and empty where nothing is expected.

    `events` compares with what Flagger itself would say: a promotion, a rollback, or an
    initialization of this very Canary. `weights` wants the traffic at each weight to fit it.
    """

    ending: Ending | None = None
    phase: str = ""
    events: Ending | None = None
    image: str = ""
    response: Response | None = None
    weights: bool = False
    most_failures: int | None = None
    least_failures: int | None = None
    delivered: bool = True
    faults_by_hand: bool = False
    """Whether `delivered` is about faults, too, that a person has injected."""


@dataclass(frozen=True)
class Step:
    """One step: actions in order, then a condition to wait for, then what is expected.

    `meanwhile` runs beside the wait: actions that a step's own condition must not wait for.
    """

    name: str
    title: str
    actions: tuple[Action, ...] = ()
    meanwhile: tuple[Action, ...] = ()
    until: Condition | None = None
    expect: Expectations = Expectations()
    patience: int = 40
    """Analysis intervals after which a step that has not ended does not end any more."""


@dataclass(frozen=True)
class Scenario:
    """Steps in order, and what the file itself brings along."""

    name: str
    description: str
    steps: tuple[Step, ...]
    path: Path
    faults: tuple[Fault, ...] = ()
