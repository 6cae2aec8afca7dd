"""When requests leave and when they stop, as the flags say it."""

from fractions import Fraction

from commons.errors import UsageError
from commons.units import NS_PER_S
from commons.values import shown
from loadtester.hey import flags
from loadtester.hey.goflag import Flag, Values
from loadtester.load.plan import ClosedPacing, OnSaturation, OpenPacing, StopCondition
from loadtester.load.schedules.base import Schedule


def pacing(values: Values, schedule: Schedule | None) -> ClosedPacing | OpenPacing:
    """Open with a schedule, else closed: hey's workers, each paced by `-q`."""
    if schedule is None:
        return _closed(values)
    if values.given(flags.QPS):
        raise UsageError("-q paces each worker and --rate all of them together: give one of them")
    connections = values[flags.CONCURRENCY]
    if connections < 1:
        raise UsageError(f"-c {connections}: at least one connection is needed")
    return OpenPacing(
        schedule=schedule,
        connections=connections,
        max_in_flight=max(connections, values[flags.MAX_CONNECTIONS]),
        on_saturation=_policy(values[flags.ON_SATURATION]),
    )


def stop(values: Values, schedule: Schedule | None, scale: Fraction) -> StopCondition:
    """After `-z` (divided by the time scale) or else after `-n` requests.

    A schedule that ends needs neither, and may have both.
    """
    duration_s = values[flags.DURATION]
    timed = duration_s > 0
    ends = schedule is not None and schedule.ends
    counted = values.given(flags.REQUESTS) if ends else not timed
    return StopCondition(
        requests=values[flags.REQUESTS] if counted else None,
        duration_ns=max(1, int(duration_s * NS_PER_S / scale)) if timed else None,
        drain_ns=int(values[flags.DRAIN] * NS_PER_S) if values.given(flags.DRAIN) else None,
    )


def _closed(values: Values) -> ClosedPacing:
    for flag in _OPEN_ONLY:
        if values.given(flag):
            raise UsageError(f"{flag.spelling} is about schedules: give --rate as well")
    requests, connections = values[flags.REQUESTS], values[flags.CONCURRENCY]
    if connections < 1 or requests < 1:
        raise UsageError("-n and -c cannot be smaller than 1.")
    if requests < connections and values[flags.DURATION] <= 0:
        raise UsageError(f"-n cannot be less than -c: {requests} requests, {connections} workers")
    return ClosedPacing(connections, values[flags.QPS])


_OPEN_ONLY: tuple[Flag[str] | Flag[int], ...] = (flags.ON_SATURATION, flags.MAX_CONNECTIONS)


def _policy(text: str) -> OnSaturation:
    try:
        return OnSaturation(text)
    except ValueError:
        known = ", ".join(OnSaturation)
        raise UsageError(f"--on-saturation {shown(text)}: choose one of {known}") from None
