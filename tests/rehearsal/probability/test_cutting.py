"""Intervals are cut so that every request is counted by the checks whose windows hold it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rehearsal.probability.cutting import Cuts
from rehearsal.probability.timeline import Scrapes

S = 1_000_000


@given(
    interval_s=st.sampled_from([10, 15, 30, 60]),
    windows_s=st.lists(st.sampled_from([30, 60, 90, 120]), min_size=1, max_size=2),
    every_s=st.sampled_from([0, 5, 15, 25]),
    phase=st.integers(0, 24),
    moment=st.integers(0, 399),
)
def test_a_request_is_counted_by_exactly_the_checks_that_see_it(
    interval_s: int, windows_s: list[int], every_s: int, phase: int, moment: int
) -> None:
    """Follow one request through the slots of the ticks after it."""
    scrapes = Scrapes(every_s * S, phase * S % (every_s * S or S))
    cuts = Cuts(scrapes, interval_s * S, [window * S for window in windows_s])
    time_us = moment * S + S // 3
    tick = time_us // (interval_s * S)
    kept = None
    for later in range(tick, tick + 20):
        step, at_us = cuts.step(later), later * interval_s * S
        slot = None
        if later == tick:
            parts = [
                p for p in (*step.early, *step.late) if p.span[0] <= time_us - at_us < p.span[1]
            ]
            assert len(parts) == 1
            if parts[0] in step.early:
                slot = parts[0].slot if parts[0].slot >= 0 else None
            else:
                kept = parts[0].slot if parts[0].slot >= 0 else None
        elif kept is not None:
            slot, kept = step.before[kept], None
        for check, window_s in enumerate(windows_s):
            window = scrapes.window(at_us + interval_s * S, window_s * S)
            seen = window is not None and window[0] <= time_us < window[1]
            assert seen == (slot is not None and slot in step.windows[check])
        if slot is not None:
            kept = step.after[slot] if step.after[slot] >= 0 else None
