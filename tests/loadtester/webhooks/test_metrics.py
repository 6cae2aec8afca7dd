from dataclasses import replace

from loadtester.webhooks.metrics import MOST_CANARIES, MOST_GATES, Metrics
from loadtester.webhooks.runs.run import Run, RunState

SUMMARY = {"requests": 90, "errors": 10, "requests_per_s": 49.5, "p99_s": 0.25, "p50_s": None}
RUN = Run("a", "k", "a.b", "loadtest", "t", "p", "c", RunState.FAILED, 1.0, ended_at=3.5)


def test_a_task_that_ended() -> None:
    metrics = Metrics()
    metrics.ended(RUN)
    text = metrics.text().decode()
    assert 'loadtester_tasks_total{result="failed",type="loadtest"} 1.0' in text
    assert 'loadtester_task_duration_seconds_sum{type="loadtest"} 2.5' in text
    assert "loadtester_load_requests_per_second{" not in text


def test_the_load_it_made() -> None:
    metrics = Metrics()
    for _ in range(2):
        metrics.ended(Run(**{**RUN.__dict__, "report": {"summary": SUMMARY}}))
    text = metrics.text().decode()
    labels = 'canary="a.b",{}type="loadtest"'
    assert f"loadtester_load_requests_per_second{{{labels.format('')}}} 49.5" in text
    quantile = labels.format('quantile="0.99",')
    assert f"loadtester_load_latency_seconds{{{quantile}}} 0.25" in text
    assert 'quantile="0.5"' not in text
    assert f"{{{labels.format('result=' + chr(34) + 'error' + chr(34) + ',')}}} 20.0" in text


def test_gate_checks() -> None:
    metrics = Metrics()
    metrics.checked("rollback", True)
    text = metrics.text().decode()
    assert 'loadtester_gate_checks_total{answer="open",kind="rollback"} 1.0' in text


def test_callers_cannot_grow_what_is_exposed() -> None:
    metrics = Metrics()
    for number in range(MOST_CANARIES + 500):
        metrics.ended(replace(RUN, canary=f"c{number}.n", report={"summary": SUMMARY}))
        metrics.show_gates({f"g{number}.{other}": other % 2 == 0 for other in range(500)})
    lines = metrics.text().decode().splitlines()
    canaries = [line for line in lines if line.startswith("loadtester_load_requests_per_second{")]
    assert len(canaries) == MOST_CANARIES + 1
    assert any('canary="other"' in line for line in canaries)
    gates = [line for line in lines if line.startswith("loadtester_gate_open{")]
    assert len(gates) == MOST_GATES
    assert all(f'gate="g{MOST_CANARIES + 499}.' in line for line in gates)
