from rehearsal.live.workloads.backoff import RestartBackoff


def test_waits_double_up_to_five_minutes() -> None:
    backoff = RestartBackoff()
    waits = [backoff.next_delay_s(1.0) for _ in range(8)]
    assert waits == [0, 10, 20, 40, 80, 160, 300, 300]
    assert backoff.restarts == 8


def test_a_long_run_begins_anew() -> None:
    backoff = RestartBackoff()
    for _ in range(4):
        backoff.next_delay_s(1.0)
    assert backoff.next_delay_s(599.0) == 80
    assert backoff.next_delay_s(600.0) == 0
    assert backoff.next_delay_s(1.0) == 10
