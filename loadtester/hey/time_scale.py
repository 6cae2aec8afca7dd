"""How many times faster than the wall clock the target's clock goes: run times are divided by it.

Request rates stay as they are. Only the environment sets it (`HEY_TIME_SCALE`), so that the
commands of a Canary run unchanged where a minute takes three seconds. `@FILE` is a factor that may
change: a run takes the one that stands in the file when it begins.
"""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from commons.errors import UsageError
from commons.values import shown
from loadtester.hey.numbers import rational

VARIABLE = "HEY_TIME_SCALE"
_LIMIT = 1_000_000
_MOST_CHARACTERS = 100


def time_scale(environment: Mapping[str, str]) -> Fraction:
    """The factor, 1 where none is set; UsageError where it is not a positive number."""
    text = environment.get(VARIABLE) or "1"
    try:
        factor = rational(_in_file(text) if text.startswith("@") else text)
    except ValueError:
        factor = Fraction(0)
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise UsageError(f"{VARIABLE}: {shown(text)}: {reason}") from None
    if not Fraction(1, _LIMIT) <= factor <= _LIMIT:
        raise UsageError(f"{VARIABLE}: {shown(text)} is not a number from 0.000001 to {_LIMIT}")
    return factor


def _in_file(text: str) -> str:
    with Path(text[1:]).open(errors="replace") as file:
        return file.read(_MOST_CHARACTERS).strip()
