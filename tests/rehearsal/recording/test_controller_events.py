from rehearsal.flagger.canary.resources import AlertProvider, AlertProviderSpec
from rehearsal.flagger.controller.ports import Alert, Event, Gauge, LogLine
from rehearsal.recording import Recording
from rehearsal.recording.controller_events import RecordedEvents
from rehearsal.recording.records import AlertRecord, EventRecord, GaugeRecord, LogRecord
from tests.rehearsal.live.fakes import SettableClock
from tests.rehearsal.specs import canary


def test_everything_that_a_controller_says_is_recorded() -> None:
    recording, clock = Recording(), SettableClock()
    clock.time_s = 7.0
    events = RecordedEvents(recording, clock)
    subject = canary()
    spec = AlertProviderSpec.model_validate({"type": "slack", "address": "http://x"})
    events.log(LogLine("info", 5.0, "Synced", None, "controller/x.go:1"))
    events.event(Event("Warning", 6.0, "Halt", subject))
    events.alert(Alert("error", "no", subject, (("a", "b"),), AlertProvider("slack", "ns", spec)))
    events.alert(Alert("info", "yes", subject))
    events.gauge(Gauge("flagger_canary_weight", 5.0, {"workload": "detail"}))
    said = recording.of_type(EventRecord)[0]
    assert said.why == ""
    events.event(Event("Warning", 6.0, f"Advance {subject.full_name} canary weight 5", subject))
    assert "the plan goes on to" in recording.of_type(EventRecord)[1].why
    assert recording.since()[:5] == [
        LogRecord(5.0, "info", "Synced", None, "controller/x.go:1"),
        EventRecord(6.0, "Warning", "Halt", "detail.flagger", ""),
        AlertRecord(7.0, "error", "no", "detail.flagger", "slack", (("a", "b"),)),
        AlertRecord(7.0, "info", "yes", "detail.flagger", None),
        GaugeRecord(7.0, "flagger_canary_weight", 5.0, {"workload": "detail"}),
    ]
