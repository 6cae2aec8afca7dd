"""The programs that webhooks' commands run, and which of them this machine lacks.

A webhook whose program is missing fails, and the canary would be blamed for it. What a shell brings
along, what the command defines or looks for itself, and what only follows a failure is not asked
for.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from rehearsal.flagger.canary.analysis import Webhook
from rehearsal.webhooks.calls import Call
from rehearsal.webhooks.shell import commands

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}")
_OURS = frozenset({"hey", "loadtester", "curl"})
_SHELL_WORDS = frozenset(
    """
    alias bg break builtin caller case cd command continue coproc declare disown do done echo
    elif else enable esac eval exec exit export false fg fi for function getopts hash help if
    in jobs kill let local mapfile popd printf pushd pwd read readarray readonly return select
    set shift shopt source test then time times trap true type typeset ulimit umask unalias
    unset until wait while
    """.split()  # noqa: SIM905
)
_DEFINES_OTHERS = frozenset({"source", ".", "alias", "eval", "hash", "enable"})
_PROGRAM_OF_TASK = {"helm": "helm", "helmv3": "helmv3", "kubectl": "kubectl"}


def missing_programs(hooks: Iterable[Webhook]) -> Iterator[tuple[int, str]]:
    """The index of each webhook that runs a program which is not here, with the program."""
    for index, hook in enumerate(hooks):
        call = Call(hook)
        if call.is_task and call.task in _PROGRAM_OF_TASK:
            program = _PROGRAM_OF_TASK[call.task]
            found = [] if _is_here(program) else [program]
        elif call.commands:
            found = missing_in_command((hook.metadata or {}).get("cmd", ""))
        else:
            found = []
        for program in found:
            yield index, program


def missing_in_command(text: str) -> list[str]:
    """The programs of a shell command that are not on this machine, in order."""
    found: dict[str, None] = {}
    is_fallback = False
    parts = commands(text)
    if "PATH=" in text or any(one.words[0] in _DEFINES_OTHERS for one in parts):
        return []
    for command in parts:
        name = command.words[0]
        if not is_fallback and _is_asked_for(name, text) and not _is_here(name):
            found[name] = None
        is_fallback = command.operator == "||"
    return list(found)


def _is_asked_for(name: str, text: str) -> bool:
    if name in _SHELL_WORDS or name in _OURS or _NAME.fullmatch(name) is None:
        return False
    known = (f"{name}()", f"{name} ()", f"function {name}", f"command -v {name}", f"which {name}")
    return not any(one in text for one in known) and f"type {name}" not in text


def _is_here(program: str) -> bool:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    return shutil.which(program, path=path) is not None
