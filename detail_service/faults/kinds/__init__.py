"""The kinds of fault, by what they do to a request.

A new kind is a class in the file of its phase, or in one of its own, and its name in both lists.
"""

from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter

from detail_service.faults.kinds.aborts import Crash, Hang, Reset
from detail_service.faults.kinds.bodies import Corrupt, Slow, Truncate
from detail_service.faults.kinds.delay import (
    FixedDelay,
    LognormalDelay,
    NormalDelay,
    ParetoDelay,
    UniformDelay,
)
from detail_service.faults.kinds.resources import Cpu, Memory
from detail_service.faults.kinds.responses import Status, Unready
from detail_service.faults.spec import FaultSpec

AnyDelay = Annotated[
    FixedDelay | UniformDelay | NormalDelay | LognormalDelay | ParetoDelay,
    Field(discriminator="distribution"),
]
AnyFault = Annotated[
    Status | AnyDelay | Hang | Reset | Truncate | Slow | Corrupt | Unready | Crash | Cpu | Memory,
    Field(discriminator="kind"),
]

DELAYS: dict[str, type[FaultSpec]] = {
    "fixed": FixedDelay,
    "uniform": UniformDelay,
    "normal": NormalDelay,
    "lognormal": LognormalDelay,
    "pareto": ParetoDelay,
}
KINDS: dict[str, tuple[type[FaultSpec], ...]] = {
    "status": (Status,),
    "delay": tuple(DELAYS.values()),
    "hang": (Hang,),
    "reset": (Reset,),
    "truncate": (Truncate,),
    "slow": (Slow,),
    "corrupt": (Corrupt,),
    "unready": (Unready,),
    "crash": (Crash,),
    "cpu": (Cpu,),
    "memory": (Memory,),
}
FAULT: TypeAdapter[FaultSpec] = TypeAdapter(AnyFault, config=ConfigDict(defer_build=True))
"""Validates any fault; built when the first one comes, for it takes a tenth of a cold start."""
