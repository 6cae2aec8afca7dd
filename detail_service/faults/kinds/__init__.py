"""The kinds of fault: one file each. A new kind is a new file and its name in this list."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from detail_service.faults.kinds.corrupt import Corrupt
from detail_service.faults.kinds.cpu import Cpu
from detail_service.faults.kinds.crash import Crash
from detail_service.faults.kinds.delay.fixed import Fixed
from detail_service.faults.kinds.delay.lognormal import Lognormal
from detail_service.faults.kinds.delay.normal import Normal
from detail_service.faults.kinds.delay.pareto import Pareto
from detail_service.faults.kinds.delay.uniform import Uniform
from detail_service.faults.kinds.hang import Hang
from detail_service.faults.kinds.memory import Memory
from detail_service.faults.kinds.reset import Reset
from detail_service.faults.kinds.slow import Slow
from detail_service.faults.kinds.status import Status
from detail_service.faults.kinds.truncate import Truncate
from detail_service.faults.kinds.unready import Unready
from detail_service.faults.plan import Plan

AnyDelay = Annotated[
    Fixed | Uniform | Normal | Lognormal | Pareto, Field(discriminator="distribution")
]
AnyFault = Annotated[
    Status | AnyDelay | Hang | Reset | Truncate | Slow | Corrupt | Unready | Crash | Cpu | Memory,
    Field(discriminator="kind"),
]

DELAYS: dict[str, type[Plan]] = {
    "fixed": Fixed,
    "uniform": Uniform,
    "normal": Normal,
    "lognormal": Lognormal,
    "pareto": Pareto,
}
KINDS: dict[str, tuple[type[Plan], ...]] = {
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
FAULT: TypeAdapter[Plan] = TypeAdapter(AnyFault)
