"""How much faster than the wall clock a rehearsal goes: the run time of load is divided by it.

Request rates stay as they are. Only the environment sets it (`REHEARSAL_SPEED`), so that the
commands of a Canary run unchanged on a stage where a minute takes three seconds.
"""

from collections.abc import Mapping
from fractions import Fraction

from commons.errors import UsageError
from loadtester.hey.numbers import rational

VARIABLE = "REHEARSAL_SPEED"


def speed(environment: Mapping[str, str]) -> Fraction:
    """The factor, 1 where none is set; UsageError where it is not a positive number."""
    text = environment.get(VARIABLE) or "1"
    try:
        factor = rational(text)
    except ValueError:
        factor = Fraction(0)
    if factor <= 0:
        raise UsageError(f"{VARIABLE}={text!r} in the environment: write a number above 0")
    return factor
