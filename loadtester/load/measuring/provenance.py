"""Where a result comes from: the program, the machine, the command line."""

import os
import platform
import shlex
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from commons import __version__
from loadtester.load.measuring import histogram

IS_COMPILED = not str(histogram.__file__).endswith(".py")
"""Whether the hot modules of the load engine run as compiled by `scripts/compile`."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made a result. All fields are empty for a result that was put together by hand."""

    program: str = ""
    version: str = ""
    command: str = ""
    """The command line as a shell would take it, without its secrets."""
    host: str = ""
    system: str = ""
    """Operating system and its release, architecture, processors."""
    python: str = ""
    """Its version, and whether the load engine was compiled."""

    @classmethod
    def here(cls, program: str = "loadtester.load", command: Sequence[str] = ()) -> Self:
        """Of this process."""
        cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        machine = f"{platform.system()} {platform.release()} {platform.machine()}, {cpus} CPUs"
        version = ".".join(map(str, sys.version_info[:3]))
        if IS_COMPILED:
            version += ", load engine compiled"
        words = shlex.join(word.encode("utf-8", "backslashreplace").decode() for word in command)
        return cls(program, __version__, words, socket.gethostname(), machine, version)
