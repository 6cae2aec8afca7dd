import pytest

from rehearsal.live.punctuality import Punctuality, lower_speed
from rehearsal.recording import Recording
from rehearsal.recording.records import LatenessRecord


@pytest.mark.parametrize(
    ("now_s", "late_s"),
    [(60.0, None), (89.0, None), (90.1, 1.505), (180.0, 6.0)],
)
def test_a_tick_is_late_by_half_an_interval(now_s: float, late_s: float | None) -> None:
    recording = Recording()
    Punctuality(recording, lambda s: s / 20).tick(now_s, 60.0, 60.0)
    found = [(r.what, round(r.late_s, 3)) for r in recording.of_type(LatenessRecord)]
    assert found == ([] if late_s is None else [("a tick", late_s)])


def test_what_a_person_would_not_notice_is_not_late() -> None:
    recording = Recording()
    punctuality = Punctuality(recording, lambda s: s / 100)
    punctuality.tick(130.0, 60.0, 60.0)
    assert recording.of_type(LatenessRecord) == []
    assert punctuality.late == 0


@pytest.mark.parametrize(("gap_s", "late"), [(5, 0), (15, 0), (20.1, 1)])
def test_a_gap_between_scrapes(gap_s: float, late: int) -> None:
    recording = Recording()
    punctuality = Punctuality(recording, lambda s: s / 10)
    punctuality.scrape(100 + gap_s, 100, 5)
    assert punctuality.late == late == len(recording.of_type(LatenessRecord))


def test_the_worst_is_kept() -> None:
    punctuality = Punctuality(Recording(), lambda s: s)
    for late_s in (40, 90, 50):
        punctuality.tick(late_s, 0, 60)
    assert (punctuality.late, punctuality.worst_s) == (3, 90)


def test_the_clock_is_slowed_down_once_for_what_is_late_at_once() -> None:
    slowed: list[float] = []
    punctuality = Punctuality(Recording(), lambda s: s / 10, lambda: slowed.append(1.0))
    for now_s in (50.0, 51.0, 69.0, 71.0, 72.0):
        punctuality.tick(now_s, now_s - 40, 60)
    assert len(slowed) == 2
    punctuality.tick(130.0, 120.0, 60)
    assert len(slowed) == 2, "what is not late slows nothing down"


def test_speeds_are_halved_down_to_the_walls() -> None:
    speeds = [20.0]
    while (speed := lower_speed(speeds[-1])) != speeds[-1]:
        speeds.append(speed)
    assert speeds == [20, 10, 5, 2.5, 1.25, 1]


@pytest.mark.parametrize(("waited_s", "late"), [(0.0, 0), (1.1, 0), (1.3, 1)])
def test_who_waits_for_a_processor_is_late_and_slows_nothing_down(
    waited_s: float, late: int
) -> None:
    slowed: list[float] = []
    recording = Recording()
    punctuality = Punctuality(recording, lambda s: s, lambda: slowed.append(1.0))
    punctuality.processor(10.0, waited_s, 2.0)
    assert len(recording.of_type(LatenessRecord)) == punctuality.late == late
    assert slowed == []
