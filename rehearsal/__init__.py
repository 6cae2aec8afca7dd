"""rehearsal: a Flagger canary, played on one machine.

from rehearsal import lint, odds, play, rehearse, simulate

Each is a function of values with a result of values; `docs/python.md` describes them. They are
imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from commons import __version__

if TYPE_CHECKING:
    from rehearsal.api import lint, odds, play, rehearse, simulate

__all__ = ["__version__", "lint", "odds", "play", "rehearse", "simulate"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("rehearsal.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
