from fractions import Fraction

import pytest

from commons.errors import UsageError
from loadtester.hey.flags import FLAGS, TWINS
from loadtester.hey.goflag import FlagSet, Values
from loadtester.hey.pacing import pacing, stop
from loadtester.load.plan import ClosedPacing, OnSaturation, OpenPacing, StopCondition
from loadtester.load.schedules.constant import Constant

ONE = Fraction(1)
HUNDRED = Constant(Fraction(100))


def values(*arguments: str) -> Values:
    return FlagSet(FLAGS, twins=TWINS).parse(arguments, {})


def test_without_a_schedule_workers_are_heys() -> None:
    assert pacing(values(), None) == ClosedPacing(50, Fraction(0))
    assert pacing(values("-c", "2", "-q", "0.1"), None) == ClosedPacing(2, Fraction(1, 10))
    assert stop(values(), None, ONE) == StopCondition(requests=200)


def test_a_duration_makes_the_number_of_no_account_and_may_be_shorter_than_the_workers() -> None:
    timed = values("-n", "5", "-c", "50", "-z", "1m30s")
    assert stop(timed, None, ONE) == StopCondition(duration_ns=90_000_000_000)
    assert pacing(timed, None) == ClosedPacing(50)


def test_a_rehearsal_divides_the_duration_and_never_to_nothing() -> None:
    assert stop(values("-z", "1m"), None, Fraction(20)).duration_ns == 3_000_000_000
    assert stop(values("-z", "1ns"), None, Fraction(20)).duration_ns == 1


def test_responses_are_waited_for_as_long_as_said_and_a_rehearsal_does_not_hurry_them() -> None:
    assert stop(values("-z", "1m"), None, Fraction(20)).drain_ns is None
    assert stop(values("-z", "1m", "--drain", "2s"), None, Fraction(20)).drain_ns == 2_000_000_000
    assert stop(values("-z", "1m", "--drain", "0"), None, ONE).drain_ns == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-n", "5", "-c", "10"), "-n cannot be less than -c"),
        (("-n", "0"), "-n and -c cannot be smaller than 1"),
        (("-c", "-1", "-z", "1s"), "-n and -c cannot be smaller than 1"),
        (("-on-saturation", "drop"), "give --rate"),
    ],
)
def test_what_hey_refuses_is_refused(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        pacing(values(*arguments), None)


def test_a_schedule_makes_the_model_open() -> None:
    paced = pacing(values("-c", "8", "--on-saturation", "grow", "--max-connections", "4"), HUNDRED)
    assert paced == OpenPacing(HUNDRED, 8, 8, OnSaturation.GROW)
    assert stop(values(), HUNDRED, ONE) == StopCondition(requests=200)
    assert stop(values("-z", "1s"), HUNDRED, ONE) == StopCondition(duration_ns=1_000_000_000)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-q", "5"), "give one of them"),
        (("-c", "0"), "at least one connection"),
        (("--on-saturation", "panic"), "choose one of queue, drop, grow"),
    ],
)
def test_what_no_schedule_can_do_is_refused(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        pacing(values(*arguments), HUNDRED)
