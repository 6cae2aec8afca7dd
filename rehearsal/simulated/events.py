"""All that a controller says, kept in order."""

from __future__ import annotations

from dataclasses import dataclass, field

from rehearsal.flagger.controller.ports import Alert, Event, Gauge, LogLine


@dataclass
class SimulatedEvents:
    """The `Events` port.

    A line of `lines` is an event (`Normal ...`, `Warning ...`, `Error ...` for one that is logged
    as an error) or, `with_logs`, a log line that belongs to no event (`log ...`).
    """

    lines: list[str] = field(default_factory=list)
    logs: list[LogLine] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    gauges: list[Gauge] = field(default_factory=list)
    with_logs: bool = False

    def log(self, line: LogLine) -> None:
        self.logs.append(line)
        if not line.belongs_to_event and self.with_logs and line.level != "debug":
            self.lines.append(f"log {line.msg}")

    def event(self, event: Event) -> None:
        self.events.append(event)
        level = self.logs[-1].level
        self.lines.append(f"{'Error' if level == 'error' else event.type} {event.message}")

    def alert(self, alert: Alert) -> None:
        self.alerts.append(alert)

    def gauge(self, gauge: Gauge) -> None:
        self.gauges.append(gauge)

    def gauge_value(self, name: str, /, **labels: str) -> float:
        """The latest value of a gauge with these labels; StopIteration when there is none."""
        return next(
            gauge.value
            for gauge in reversed(self.gauges)
            if gauge.name == name and labels.items() <= gauge.labels.items()
        )
