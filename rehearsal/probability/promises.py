"""Promises about a canary: `errors>=2%:95%` to catch, `errors<=0.1%:1%` to spare. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["catch", "spare"]

_PROMISE = re.compile(r"\s*errors\s*(>=|<=)\s*([0-9.]{1,12})\s*%\s*:\s*([0-9.]{1,12})\s*%\s*")
_FORMS = {"catch": "errors>=2%:95%", "spare": "errors<=0.1%:1%"}
_BOUNDS = {"catch": ">=", "spare": "<="}
_PERCENT = 100.0


@dataclass(frozen=True)
class Promise:
    """Builds that fail `error_share` of their requests, or worse (better), and their rollbacks.

    To catch: at least `chance` of the builds with that share or more are rolled back. To spare: at
    most `chance` of those with that share or less.
    """

    kind: Kind
    error_share: float
    chance: float

    def is_kept(self, rolled_back: float) -> bool:
        """Whether this chance of a rollback keeps it."""
        return self.gap(rolled_back) <= 0

    def gap(self, rolled_back: float) -> float:
        """How far a chance of a rollback is from keeping it; zero or less if it does."""
        return self.chance - rolled_back if self.kind == "catch" else rolled_back - self.chance

    def __str__(self) -> str:
        share, chance = f"{self.error_share:.4%}", f"{self.chance:.4%}"
        bound = _BOUNDS[self.kind]
        return f"errors{bound}{_short(share)}:{_short(chance)}"


def parse_promise(kind: Kind, text: str) -> Promise:
    """A promise from its text; ValueError says what it must be."""
    match = _PROMISE.fullmatch(text) if len(text) <= 60 else None
    if match is None or match[1] != _BOUNDS[kind]:
        raise ValueError(f"{text[:60]!r} is not of the form {_FORMS[kind]}")
    try:
        share, chance = float(match[2]) / _PERCENT, float(match[3]) / _PERCENT
    except ValueError:
        raise ValueError(f"{text!r} is not of the form {_FORMS[kind]}") from None
    if not 0 < share < 1 or not 0 < chance < 1:
        raise ValueError(f"{text!r}: both shares must lie between 0% and 100%")
    return Promise(kind, share, chance)


def check_promises(catch: Promise, spare: Promise) -> None:
    """ValueError where one of the two makes the other impossible."""
    if spare.error_share >= catch.error_share:
        raise ValueError(
            f"what is spared ({spare}) must fail less often than what is caught ({catch})"
        )
    if spare.chance >= catch.chance:
        raise ValueError(f"{spare} and {catch} do not tell builds apart")


def _short(percent: str) -> str:
    """`2%` out of `2.0000%`."""
    return percent.rstrip("%").rstrip("0").rstrip(".") + "%"
