from loadtester.load.measuring.timeline import MAX_SLOTS, Timeline

S = 1_000_000_000


def filled(seconds: int) -> Timeline:
    timeline = Timeline()
    for second in range(seconds):
        slot = timeline.slot(second * S + 5)
        slot.completed += 1
        slot.server_errors += second % 2
        slot.response_time.record(second + 1)
    return timeline


def test_a_long_run_is_told_in_wider_slots_and_loses_nothing() -> None:
    timeline = filled(3 * MAX_SLOTS)
    assert timeline.width_s == 4
    slots = list(timeline)
    assert len(slots) == len(timeline) <= MAX_SLOTS
    assert {slot.completed for slot in slots} == {4}
    assert {slot.server_errors for slot in slots} == {2}
    assert sum(slot.response_time.count for slot in slots) == 3 * MAX_SLOTS
    assert [slot.offset_s for slot in slots[:3]] == [0, 4, 8]
    assert slots[0].rate_rps == 1


def test_slots_in_which_nothing_ended_are_there_and_empty() -> None:
    timeline = Timeline()
    timeline.slot(3 * S).errors += 1
    assert [slot.errors for slot in timeline] == [0, 0, 0, 1]
    assert [slot.offset_s for slot in timeline] == [0, 1, 2, 3]


def test_timelines_of_different_widths_merge() -> None:
    short, long = filled(10), filled(2 * MAX_SLOTS)
    short.merge(long)
    assert short.width_s == long.width_s == 2
    assert sum(slot.completed for slot in short) == 10 + 2 * MAX_SLOTS


def test_json_loses_nothing() -> None:
    timeline = filled(700)
    again = Timeline.from_json(timeline.to_json())
    assert again.to_json() == timeline.to_json()
    assert sum(slot.server_errors for slot in again) == 350
