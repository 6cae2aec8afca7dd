"""Saying things: the log line, then the Kubernetes event, then the event webhooks, in that order.

Source: flagger pkg/controller/events.go. A warning event has an `info` log line; there is no other
level but `error`. Event webhooks are told the phase of the very object they are handed, which is
why every call names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from rehearsal.flagger.canary.analysis import Webhook
from rehearsal.flagger.canary.model import Canary, Phase
from rehearsal.flagger.controller.errors import HookFailed
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.ports import Event, Gauge, LogLevel, LogLine, Ports
from rehearsal.flagger.controller.webhook import event_request, webhooks_of_type

EventType = Literal["Normal", "Warning"]

_CALLER = "controller/events.go:"
_GLOBAL = "events"
_STATUS_VALUES = {Phase.PROGRESSING: 0.0, Phase.FAILED: 2.0}


class Recorder:
    """Flagger's three event recorders, its plain logger, and its own metrics."""

    def __init__(self, ports: Ports, flags: Flags) -> None:
        self._ports = ports
        self._flags = flags

    def info(self, canary: Canary, text: str) -> None:
        """A Normal event."""
        self._record(canary, "info", "Normal", text, f"{_CALLER}33")

    def warn(self, canary: Canary, text: str) -> None:
        """A Warning event, logged as info all the same."""
        self._record(canary, "info", "Warning", text, f"{_CALLER}45")

    def error(self, canary: Canary, text: str) -> None:
        """A Warning event, logged as error."""
        self._record(canary, "error", "Warning", text, f"{_CALLER}39")

    def log(
        self, canary: Canary | str | None, text: str, caller: str, level: LogLevel = "info"
    ) -> None:
        """A log line and nothing else; without a canary the line has no such key.

        `caller` is the place in Flagger's source that writes it.
        """
        name = canary.full_name if isinstance(canary, Canary) else canary
        self._ports.events.log(LogLine(level, self._ports.clock.now_s(), text, name, caller))

    def _record(
        self, canary: Canary, level: LogLevel, event_type: EventType, text: str, caller: str
    ) -> None:
        events, now_s = self._ports.events, self._ports.clock.now_s()
        events.log(LogLine(level, now_s, text, canary.full_name, caller))
        events.event(Event(event_type, now_s, text, canary))
        for hook in self._listeners(canary):
            self._report(canary, hook, text, event_type)

    def _listeners(self, canary: Canary) -> tuple[Webhook, ...]:
        """The canary's own event webhooks; only without any of them the global one."""
        own = webhooks_of_type(canary.spec.analysis, "event")
        if own or not self._flags.event_webhook:
            return own
        return (Webhook(name=_GLOBAL, url=self._flags.event_webhook),)

    def _report(self, canary: Canary, hook: Webhook, text: str, event_type: EventType) -> None:
        unix_ms = int((self._flags.epoch_s + self._ports.clock.now_s()) * 1000)
        try:
            request = event_request(canary, hook, text, event_type, unix_ms)
            self._ports.hooks.call(request)
        except HookFailed as error:
            line = 57 if hook.type == "event" else 69
            text = f"error sending event to webhook: {error}"
            self.log(canary, text, f"{_CALLER}{line}", "error")

    def weight(self, canary: Canary, primary_weight: int, canary_weight: int) -> None:
        """`flagger_canary_weight`, for the primary and for the target."""
        gauge = self._ports.events.gauge
        primary, target = _weight_labels(canary.target, canary.namespace)
        gauge(Gauge("flagger_canary_weight", float(primary_weight), primary))
        gauge(Gauge("flagger_canary_weight", float(canary_weight), target))

    def analysis(self, canary: Canary, metric: str, value: float) -> None:
        """`flagger_canary_metric_analysis`: durations in seconds, all else as measured."""
        labels = _metric_labels(canary.target, canary.namespace, metric)
        self._ports.events.gauge(Gauge("flagger_canary_metric_analysis", value, labels))

    def phase(self, canary: Canary, phase: Phase) -> None:
        """`flagger_canary_status`: 0 while progressing, 2 when failed, else 1."""
        labels = _target_labels(canary.target, canary.namespace)
        value = _STATUS_VALUES.get(phase, 1.0)
        self._ports.events.gauge(Gauge("flagger_canary_status", value, labels))

    def finished(self, canary: Canary, outcome: Literal["successes", "failures"], how: str) -> None:
        """Count one run: `flagger_canary_successes_total` or `flagger_canary_failures_total`."""
        labels = {
            **_target_labels(canary.target, canary.namespace),
            "deployment_strategy": canary.spec.analysis.strategy,
            "analysis_status": how,
        }
        self._ports.events.gauge(Gauge(f"flagger_canary_{outcome}_total", 1.0, labels))


@lru_cache(maxsize=256)
def _target_labels(target: str, namespace: str) -> Mapping[str, str]:
    return {"name": target, "namespace": namespace}


@lru_cache(maxsize=256)
def _metric_labels(target: str, namespace: str, metric: str) -> Mapping[str, str]:
    return {"name": target, "namespace": namespace, "metric": metric}


@lru_cache(maxsize=256)
def _weight_labels(target: str, namespace: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The labels of the weights of primary and target."""
    workloads = (f"{target}-primary", target)
    primary, canary = ({"workload": name, "namespace": namespace} for name in workloads)
    return primary, canary
