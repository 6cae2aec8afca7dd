"""Keeps what callers must know from the commands that callers bring.

They run as the same user, and find the environment and the command line of every parent in /proc:
as those were at its start, whatever it has changed since. So a server that was given a secret there
hands it to itself through memory, and begins anew without it.
"""

import ctypes
import json
import os
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace

from loadtester.webhooks.processes.environment import SECRETS
from loadtester.webhooks.settings import Settings

HANDED_OVER = "LOADTESTER_SECRETS_FD"
_FLAGS = frozenset({"--token", "-token", "--hmac-secret", "-hmac-secret"})
_SET_DUMPABLE = 4


def conceal(settings: Settings, argv: Sequence[str], environ: MutableMapping[str, str]) -> Settings:
    """The settings with their secrets, in a process that shows none of them.

    Does not return in a process that shows some: it starts over.
    """
    handed_over = environ.pop(HANDED_OVER, "")
    if handed_over.isdigit():
        with os.fdopen(int(handed_over)) as file:
            secrets = json.load(file)
        return replace(settings, token=secrets["token"], hmac_secret=secrets["hmac_secret"])
    if settings.token or settings.hmac_secret:
        _start_over(settings, argv, environ)
    return settings


def _start_over(settings: Settings, argv: Sequence[str], environ: Mapping[str, str]) -> None:
    secrets = {"token": settings.token, "hmac_secret": settings.hmac_secret}
    file = os.memfd_create("secrets", 0)  # inherited by the program that takes our place
    os.write(file, json.dumps(secrets).encode())
    os.lseek(file, 0, os.SEEK_SET)
    program = sys.orig_argv[: len(sys.orig_argv) - len(argv)]
    kept = {name: value for name, value in environ.items() if name not in SECRETS}
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(
        sys.executable,
        [*program, *without_secrets(argv)],
        kept | {HANDED_OVER: str(file)},
    )


def without_secrets(argv: Sequence[str]) -> list[str]:
    """A command line without the flags that hold secrets, and without their values."""
    kept: list[str] = []
    words = iter(argv)
    for word in words:
        name, equals, _ = word.partition("=")
        if name not in _FLAGS:
            kept.append(word)
        elif not equals:
            next(words, None)
    return kept


def forbid_inspection() -> None:
    """Let no other process of this user read our memory, where that can be forbidden (prctl(2))."""
    try:
        ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)
    except (AttributeError, OSError):
        return
