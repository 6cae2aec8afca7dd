"""Scrapes against ticks, and the load of webhooks in time."""

from __future__ import annotations

import pytest

from rehearsal.probability.plan import plan_of
from rehearsal.probability.timeline import LoadTimeline, Scrapes, all_scrapes
from rehearsal.webhooks.hook_load import HookLoad
from tests.rehearsal.specs import canary

S = 1_000_000


@pytest.mark.parametrize(
    ("every", "phase", "at", "length", "window"),
    [
        (15, 7, 120, 60, (67, 112)),
        (15, 0, 120, 60, (75, 120)),
        (15, 1, 120, 30, (91, 106)),
        (30, 10, 120, 30, None),
        (60, 30, 120, 59, None),
        (0, 0, 120, 60, (60, 120)),
    ],
)
def test_windows(
    every: int, phase: int, at: int, length: int, window: tuple[int, int] | None
) -> None:
    found = Scrapes(every * S, phase * S).window(at * S, length * S)
    assert found == (None if window is None else (window[0] * S, window[1] * S))


def test_scrapes_between() -> None:
    scrapes = Scrapes(15 * S, 5 * S)
    assert scrapes.between(20 * S, 50 * S) == [35 * S, 50 * S]
    assert Scrapes(0).between(0, 100 * S) == []


def test_phases_stand_in_the_middle_of_equal_parts() -> None:
    assert [one.phase_us for one in all_scrapes(20, 2)] == [5 * S, 15 * S]
    assert all_scrapes(None, 4) == [Scrapes(0)]


def load(asked: str, duration_s: float) -> HookLoad:
    return HookLoad(
        "load", "start" if asked == "start" else "check", 10, duration_s, "canary", True
    )


def spans(timeline: LoadTimeline, tick: int) -> list[tuple[int, int]]:
    return [(one.start_us // S, one.end_us // S) for one in timeline.after(tick)]


def test_a_load_is_asked_for_when_the_last_one_has_ended() -> None:
    timeline = LoadTimeline(plan_of(canary()), [load("check", 90)], 60 * S)
    assert [spans(timeline, tick) for tick in range(6)] == [
        [],
        [],
        [(0, 60)],
        [(0, 30)],
        [(0, 60)],
        [(0, 30)],
    ]


def test_a_load_of_an_interval_is_asked_for_at_every_tick() -> None:
    timeline = LoadTimeline(plan_of(canary()), [load("check", 60), load("start", 30)], 60 * S)
    assert [spans(timeline, tick) for tick in range(4)] == [[], [(0, 30)], [(0, 60)], [(0, 60)]]


def test_requests_of_a_part_of_an_interval() -> None:
    (burst,) = LoadTimeline(plan_of(canary()), [load("start", 30)], 60 * S).after(1)
    assert burst.requests(20 * S, 40 * S) == pytest.approx(100)
    assert burst.requests(40 * S, 60 * S) == 0
