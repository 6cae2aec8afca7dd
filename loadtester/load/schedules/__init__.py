"""Schedules: one file per kind behind `base.Schedule`, and the registry of kinds."""

from commons.values import shown
from loadtester.load.errors import PlanError
from loadtester.load.schedules.base import Schedule
from loadtester.load.schedules.burst import Burst
from loadtester.load.schedules.constant import Constant
from loadtester.load.schedules.poisson import Poisson
from loadtester.load.schedules.ramp import Ramp
from loadtester.load.schedules.replay import Replay
from loadtester.load.schedules.sine import Sine
from loadtester.load.schedules.stages import Stages

KINDS: dict[str, type[Schedule]] = {
    kind.kind: kind for kind in (Constant, Poisson, Stages, Ramp, Sine, Burst, Replay)
}


def parse(text: str, seed: int = 0) -> Schedule:
    """A schedule from `KIND:...`; a bare rate is constant, bare stages are stages.

    PlanError, in one line, when the kind is unknown or its text malformed.
    """
    kind, colon, rest = text.partition(":")
    if colon and kind in KINDS:
        return KINDS[kind].parse(rest, seed)
    if text[:1].isdigit() or text[:1] == ".":
        is_rate = "," not in text and ".." not in text and not text.rstrip().endswith("s")
        return (Constant if is_rate and not _has_unit(text) else Stages).parse(text, seed)
    notations = ", ".join(f"{name}:{known.syntax}" for name, known in KINDS.items())
    raise PlanError(f"schedule {shown(text)}: write a rate, or one of {notations}")


def _has_unit(text: str) -> bool:
    return text.rstrip()[-1:].isalpha()
