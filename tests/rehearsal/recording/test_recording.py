import threading
from dataclasses import replace

import pytest

from rehearsal.flagger.controller.errors import HookFailed, NoValuesFound
from rehearsal.flagger.controller.ports import HookRequest, MetricSource
from rehearsal.metrics.explanation import Explanation, explain
from rehearsal.metrics.series import SeriesStore
from rehearsal.recording import Record, Recording
from rehearsal.recording.recorded_ports import RecordedHooks, RecordedMetrics, RecordedStore
from rehearsal.recording.records import (
    EventRecord,
    HookRecord,
    MetricRecord,
    NoteRecord,
    StatusRecord,
)
from rehearsal.recording.snapshot import Snapshot
from tests.rehearsal.live.fakes import SettableClock
from tests.rehearsal.specs import canary


def _note(number: int) -> NoteRecord:
    return NoteRecord(float(number), str(number))


def test_records_are_kept_in_order_and_passed_on() -> None:
    recording, seen = Recording(), list[Record]()
    recording.append(_note(0))
    stop = recording.subscribe(seen.append)
    recording.append(_note(1))
    stop()
    recording.append(_note(2))
    assert seen == [_note(1)]
    assert recording.since() == [_note(0), _note(1), _note(2)]
    assert recording.since(2) == [_note(2)]
    assert recording.position == 3
    assert recording.of_type(NoteRecord, 1) == [_note(1), _note(2)]
    assert recording.of_type(EventRecord) == []


def test_it_is_bounded_and_positions_stay_valid() -> None:
    recording = Recording(most=10)
    for number in range(25):
        recording.append(_note(number))
    assert len(recording.since()) <= 10
    assert recording.position == 25
    assert recording.dropped == 25 - len(recording.since())
    assert recording.since(24) == [_note(24)]
    assert recording.since(0) == recording.since()


def test_many_threads_may_append() -> None:
    recording, seen = Recording(), list[Record]()
    recording.subscribe(seen.append)

    def append_many() -> None:
        for number in range(200):
            recording.append(_note(number))

    threads = [threading.Thread(target=append_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == recording.position == 800
    assert seen == recording.since()


def test_a_record_is_json_with_its_kind() -> None:
    record = EventRecord(1.5, "Normal", "hello", "detail.flagger", "Progressing")
    assert record.to_json() == {
        "kind": "event",
        "time_s": 1.5,
        "type": "Normal",
        "message": "hello",
        "canary": "detail.flagger",
        "phase": "Progressing",
        "why": "",
    }
    classes: dict[str, type[Record]] = {
        kind.__name__: kind for kind in (*Record.__subclasses__(), Snapshot)
    }
    assert len({kind.kind for kind in classes.values()}) == len(classes) > 10


class _Hooks:
    def __init__(self, failure: str | None) -> None:
        self._failure = failure

    def call(self, request: HookRequest) -> None:
        if self._failure is not None:
            raise HookFailed(self._failure)


@pytest.mark.parametrize(
    ("failure", "recorded"),
    [(None, ""), ("Forbidden", "Forbidden"), ("", "refused without a reason")],
)
def test_webhooks_are_recorded_with_what_came_of_them(failure: str | None, recorded: str) -> None:
    recording = Recording()
    hooks = RecordedHooks(_Hooks(failure), "detail.flagger", recording, SettableClock())
    request = HookRequest("http://x", b"", 1.0, name="gate", type="confirm-rollout")
    if failure is None:
        hooks.call(request)
    else:
        with pytest.raises(HookFailed):
            hooks.call(request)
    assert recording.since() == [
        HookRecord(0.0, "detail.flagger", "gate", "confirm-rollout", recorded)
    ]


class _Metrics:
    def __init__(self, answer: float | Exception) -> None:
        self._answer = answer

    def query(self, source: MetricSource, promql: str, metric: str = "") -> float:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


@pytest.mark.parametrize(
    ("answer", "value", "error"), [(99.5, 99.5, ""), (NoValuesFound(), None, "no values found")]
)
def test_queries_are_recorded_with_their_value(
    answer: float | Exception, value: float | None, error: str
) -> None:
    recording = Recording()
    metrics = RecordedMetrics(_Metrics(answer), canary, recording, SettableClock())
    if isinstance(answer, Exception):
        with pytest.raises(NoValuesFound):
            metrics.query(MetricSource(), "up", "m")
    else:
        assert metrics.query(MetricSource(), "up", "m") == answer
    assert recording.since() == [MetricRecord(0.0, "detail.flagger", "m", "up", value, error)]


class _ExplainingMetrics(_Metrics):
    def explain(self, source: MetricSource, promql: str, metric: str = "") -> Explanation | None:
        if metric == "elsewhere":
            return None
        store = SeriesStore()
        store.append({"__name__": "up"}, 0, 1.0)
        return explain(promql, store, 1)


@pytest.mark.parametrize(
    ("metric", "explanation"),
    [("m", ("  up: 1 series", "    up 1", "  sum(up) = 1")), ("elsewhere", ())],
)
def test_where_a_value_came_from_is_recorded(metric: str, explanation: tuple[str, ...]) -> None:
    recording = Recording()
    metrics = RecordedMetrics(_ExplainingMetrics(1.0), canary, recording, SettableClock())
    metrics.query(MetricSource(), "sum(up)", metric)
    (record,) = recording.since()
    assert isinstance(record, MetricRecord)
    assert record.explanation == explanation


def test_a_check_is_recorded_with_what_its_value_is_held_against() -> None:
    recording = Recording()
    limited = canary(metrics=[{"name": "m", "thresholdRange": {"max": 5}}])
    metrics = RecordedMetrics(_Metrics(1.0), lambda: limited, recording, SettableClock())
    metrics.query(MetricSource(), "up", "m")
    (record,) = recording.since()
    assert isinstance(record, MetricRecord)
    assert (record.limits, record.counted) == ("at most 5", None)


def test_probes_of_the_server_are_no_checks() -> None:
    recording = Recording()
    RecordedMetrics(_Metrics(1.0), canary, recording, SettableClock()).query(
        MetricSource(), "vector(1)"
    )
    assert recording.since() == []


def test_each_status_is_recorded_as_it_is_stored() -> None:
    recording = Recording()
    store = RecordedStore(canary())
    store.record_to(recording, SettableClock())
    status = replace(store.get().status, canary_weight=5, failed_checks=1)
    store.put_status(status)
    assert store.get().status == status
    assert recording.since() == [StatusRecord(0.0, "detail.flagger", "", 5, 1, 0)]
