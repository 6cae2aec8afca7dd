from fractions import Fraction

import pytest

from commons.errors import UsageError
from loadtester.hey.flags import FLAGS, TWINS
from loadtester.hey.goflag import FlagSet
from loadtester.hey.plans import plan
from loadtester.load.errors import PlanError
from loadtester.load.plan import LoadPlan, OpenPacing
from loadtester.load.schedules.base import Schedule

URL = "http://127.0.0.1:8080/ping"


def made(*arguments: str, speed: int = 1) -> LoadPlan:
    return plan(FlagSet(FLAGS, twins=TWINS).parse((*arguments, URL), {}), {}, Fraction(speed))


def schedule(*arguments: str, speed: int = 1) -> Schedule:
    pacing = made(*arguments, speed=speed).pacing
    assert isinstance(pacing, OpenPacing)
    return pacing.schedule


@pytest.mark.parametrize(
    ("text", "described"),
    [
        ("100", "constant:100"),
        ("poisson:100", "poisson:100"),
        ("10..200/30s,200/2m", "stages:10..200/30s,200/2m0s"),
        ("sine:100,50,10m", "sine:100,50,10m0s"),
        ("burst:50/1s", "burst:50/1s"),
    ],
)
def test_every_schedule_has_a_notation(text: str, described: str) -> None:
    assert schedule("--rate", text).describe() == described


def test_a_rehearsal_shortens_times_and_keeps_rates() -> None:
    assert schedule("--rate", "10..200/1m", speed=20).describe() == "stages:10..200/3s"
    load = made("-z", "1m", "--warmup", "20s", "-q", "5", speed=20)
    assert (load.stop.duration_ns, load.warmup_ns) == (3_000_000_000, 1_000_000_000)
    assert load == made("-z", "3s", "--warmup", "1s", "-q", "5")


def test_a_schedule_that_ends_needs_no_number() -> None:
    load = made("--rate", "10..200/30s")
    assert (load.stop.requests, load.stop.duration_ns) == (None, None)
    assert made("--rate", "10..200/30s", "-n", "7").stop.requests == 7


def test_the_seed_decides_the_arrivals_of_chance() -> None:
    first, again, other = (schedule("--rate", "poisson:9", "--seed", s) for s in ("1", "1", "2"))
    assert first.planned_ns(9) == again.planned_ns(9) != other.planned_ns(9)


def test_processes_are_at_most_the_workers_as_heys_cpus() -> None:
    assert made("-cpus", "8", "-c", "2").processes == 2
    assert made("--processes", "2", "-c", "50").processes == 2
    assert made().processes == 1


def test_csv_keeps_every_record_and_nothing_else_does() -> None:
    assert made("-o", "csv").record_cap > 10**9
    assert made().record_cap == 0


@pytest.mark.parametrize(
    "arguments", [("--rate", "fast"), ("--rate", "0"), ("--rate", "10..x/1s"), ("-h", "a: b")]
)
def test_what_cannot_be_planned_is_refused(arguments: tuple[str, ...]) -> None:
    with pytest.raises((UsageError, PlanError)):
        made(*arguments)
