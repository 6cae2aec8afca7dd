"""Programs that webhooks' commands need, and what stands in for those this machine lacks."""

import shlex
import shutil
import sys
from pathlib import Path

from commons.errors import UserError
from rehearsal.live import curl

_NOTE = (
    "curl is not on this machine; a stand-in with its usual options answers the webhooks' commands"
)


def check_programs() -> tuple[str, ...]:
    """Notes about what is missing; UserError for what nothing can stand in for."""
    for name in ("bash", "sh"):
        if shutil.which(name) is None:
            raise UserError(f"{name} is missing: the canary's webhooks need it; install {name}")
    return () if shutil.which("curl") else (_NOTE,)


def install_stand_ins(folder: Path) -> Path:
    """Make the folder and the commands in it; to be the last of a PATH."""
    folder.mkdir()
    command = folder / "curl"
    program = shlex.join((sys.executable, "-I", str(curl.__file__)))
    command.write_text(f'#!/bin/sh\nexec {program} "$@"\n')
    command.chmod(0o755)
    return folder
