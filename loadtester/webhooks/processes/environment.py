"""What commands find in their environment: ours, our own `hey` first, none of our secrets."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

SECRETS = frozenset({"LOADTESTER_TOKEN", "LOADTESTER_HMAC_SECRET"})
"""Variables that callers' commands have no business with."""

OWN_PROGRAMS = Path(__file__).parent / "bin"
"""The folder of our `hey`, so that a shell finds it before any other."""


def command_environment(more: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command, with `more` in it."""
    kept = {name: value for name, value in os.environ.items() if name not in SECRETS}
    path = f"{OWN_PROGRAMS}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return kept | {"PATH": path, "LOADTESTER_PYTHON": sys.executable} | dict(more)
