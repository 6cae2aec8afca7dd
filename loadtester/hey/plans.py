"""From the values of the flags to the plan of a run."""

from collections.abc import Mapping
from fractions import Fraction

from commons.errors import UsageError
from commons.units import NS_PER_S
from loadtester.hey import flags
from loadtester.hey.connections import transport
from loadtester.hey.goflag import Values
from loadtester.hey.pacing import pacing, stop
from loadtester.hey.requests import request
from loadtester.load import schedules
from loadtester.load.errors import PlanError
from loadtester.load.plan import LoadPlan
from loadtester.load.schedules.base import Schedule

KEEP_ALL = 1 << 40


def plan(values: Values, environment: Mapping[str, str], scale: Fraction) -> LoadPlan:
    """The plan of `hey URL`. UsageError or PlanError says in one line what cannot be done."""
    if values.given(flags.OLD_HEADER):
        raise UsageError("Flag '-h' is deprecated, please use '-H' instead.")
    if not values.arguments:
        raise UsageError("no URL given: hey [flags] URL; hey --help lists the flags")
    schedule = _schedule(values, scale)
    paced = pacing(values, schedule)
    return LoadPlan(
        request=request(values, values.arguments[0]),
        pacing=paced,
        stop=stop(values, schedule, scale),
        transport=transport(values, environment, values.arguments[0]),
        warmup_ns=int(values[flags.WARMUP] * NS_PER_S / scale),
        processes=min(values[flags.PROCESSES], paced.connections),
        seed=values[flags.SEED],
        record_cap=KEEP_ALL if values[flags.OUTPUT] == "csv" else 0,
    )


def _schedule(values: Values, scale: Fraction) -> Schedule | None:
    text = values[flags.RATE]
    if not text:
        return None
    try:
        return schedules.parse(text, values[flags.SEED]).scaled(scale)
    except PlanError as error:
        raise UsageError(f"--rate: {error}") from error
