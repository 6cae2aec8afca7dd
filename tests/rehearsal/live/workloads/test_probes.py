from rehearsal.applications.pod import Probe
from rehearsal.live.workloads.probes import ProbeState


def test_readiness_needs_successes_in_a_row() -> None:
    state = ProbeState(Probe("http", success_threshold=3), healthy=False)
    answers = [True, True, False, True, True, True]
    assert [state.observe(answer) for answer in answers] == [False] * 5 + [True]


def test_health_is_lost_after_failures_in_a_row() -> None:
    state = ProbeState(Probe("http", failure_threshold=2), healthy=True)
    answers = [False, True, False, False, True]
    assert [state.observe(answer) for answer in answers] == [True, True, True, False, True]
