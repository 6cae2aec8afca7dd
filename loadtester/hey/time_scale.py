"""How many times faster than the wall clock the target's clock goes: run times are divided by it.

Request rates stay as they are. Only the environment sets it (`HEY_TIME_SCALE`), so that the
commands of a Canary run unchanged where a minute takes three seconds.
"""

from collections.abc import Mapping
from fractions import Fraction

from commons.errors import UsageError
from commons.values import shown
from loadtester.hey.numbers import rational

VARIABLE = "HEY_TIME_SCALE"
_LIMIT = 1_000_000


def time_scale(environment: Mapping[str, str]) -> Fraction:
    """The factor, 1 where none is set; UsageError where it is not a positive number."""
    text = environment.get(VARIABLE) or "1"
    try:
        factor = rational(text)
    except ValueError:
        factor = Fraction(0)
    if not Fraction(1, _LIMIT) <= factor <= _LIMIT:
        raise UsageError(f"{VARIABLE}: {shown(text)} is not a number from 0.000001 to {_LIMIT}")
    return factor
