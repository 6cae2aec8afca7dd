"""The controller's `Events` port: turns what a controller says into records."""

from rehearsal.flagger.controller.ports import Alert, Clock, Event, Gauge, LogLine
from rehearsal.flagger.explanations import explain
from rehearsal.flagger.messages import take_apart
from rehearsal.recording.recording import Recording
from rehearsal.recording.records import AlertRecord, EventRecord, GaugeRecord, LogRecord


class RecordedEvents:
    """Log lines, events, alerts and gauges of any number of controllers, into one recording."""

    def __init__(self, recording: Recording, clock: Clock) -> None:
        self._recording = recording
        self._clock = clock

    def log(self, line: LogLine) -> None:
        self._recording.append(
            LogRecord(
                line.time_s,
                line.level,
                line.msg,
                line.canary,
                line.caller,
                line.belongs_to_event,
            )
        )

    def event(self, event: Event) -> None:
        canary = event.canary
        phase = str(canary.status.phase)
        why = explain(take_apart(event.message, canary), canary)
        self._recording.append(
            EventRecord(event.time_s, event.type, event.message, canary.full_name, phase, why)
        )

    def alert(self, alert: Alert) -> None:
        provider = alert.provider.name if alert.provider else None
        self._recording.append(
            AlertRecord(
                self._clock.now_s(),
                alert.severity,
                alert.message,
                alert.canary.full_name,
                provider,
                alert.fields,
            )
        )

    def gauge(self, gauge: Gauge) -> None:
        self._recording.append(
            GaugeRecord(self._clock.now_s(), gauge.name, gauge.value, dict(gauge.labels))
        )
