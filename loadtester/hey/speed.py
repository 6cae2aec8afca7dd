"""How much faster than the wall clock a rehearsal goes: the run time of load is divided by it.

Request rates stay as they are. Only the environment sets it (`REHEARSAL_SPEED`), so that the
commands of a Canary run unchanged on a stage where a minute takes three seconds.
"""

import math
from collections.abc import Mapping

from loadtester.hey.errors import UsageError

VARIABLE = "REHEARSAL_SPEED"


def speed(environment: Mapping[str, str]) -> float:
    """The factor, 1.0 where none is set; UsageError where it is not a positive number."""
    text = environment.get(VARIABLE) or "1"
    try:
        factor = float(text)
    except ValueError:
        factor = math.nan
    if not (math.isfinite(factor) and factor > 0):
        raise UsageError(f"{VARIABLE}={text!r} in the environment: write a number above 0")
    return factor
