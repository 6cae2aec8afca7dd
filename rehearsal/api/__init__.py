"""The rehearsal as functions: what `from rehearsal import ...` gives, and the types of results.

UserError (of `rehearsal.errors`) says what is wrong with the input, a line for each problem, before
anything starts.
"""

from rehearsal.api.results import RolloutResult, RolloutTick
from rehearsal.api.rollouts import rehearse, simulate
from rehearsal.api.what_ifs import lint, odds, play

__all__ = [
    "RolloutResult",
    "RolloutTick",
    "lint",
    "odds",
    "play",
    "rehearse",
    "simulate",
]
