"""Alerts: which of the canary's alert providers hears of what, and with which fields.

Source: flagger pkg/controller/events.go, alert and alertMetadata. An alert reference with no
severity hears nothing, whatever the documentation says.
"""

from __future__ import annotations

from rehearsal.flagger.canary.analysis import Analysis, Severity
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.ports import Alert, AlertSeverity, Ports
from rehearsal.flagger.controller.recorder import Recorder


class Alerter:
    """Sends alerts through the events port."""

    def __init__(self, ports: Ports, flags: Flags, recorder: Recorder) -> None:
        self._ports = ports
        self._flags = flags
        self._recorder = recorder

    def send(
        self, canary: Canary, severity: AlertSeverity, message: str, *, metadata: bool = False
    ) -> None:
        """Tell everyone whose severity matches; without any reference, the global notifier."""
        fields = self._fields(canary, metadata)
        references = canary.spec.analysis.alerts
        if not references:
            self._ports.events.alert(Alert(severity, message, canary, fields))
        for reference in references:
            if not is_heard(reference.severity, severity):
                continue
            namespace = reference.provider_ref.namespace_for(canary.namespace)
            name = reference.provider_ref.name
            try:
                provider = self._ports.store.alert_provider(namespace, name)
            except PortError as error:
                text = f"alert provider {name}.{namespace} error: {error}"
                self._recorder.log(canary, text, "error")
                continue
            self._ports.events.alert(Alert(severity, message, canary, fields, provider))

    def _fields(self, canary: Canary, metadata: bool) -> tuple[tuple[str, str], ...]:
        cluster = self._flags.cluster_name
        fields = (("Cluster", cluster),) if cluster else ()
        return fields + metadata_fields(canary) if metadata else fields


def is_heard(listens_to: Severity, severity: AlertSeverity) -> bool:
    """Info hears everything, warn hears errors too, the empty severity hears nothing."""
    if listens_to == "info":
        return True
    return listens_to == severity or (listens_to, severity) == ("warn", "error")


def metadata_fields(canary: Canary) -> tuple[tuple[str, str], ...]:
    """What an alert says about the canary."""
    spec = canary.spec
    fields = (
        ("Target", f"{spec.target_ref.kind}/{canary.target}.{canary.namespace}"),
        ("Failed checks threshold", str(spec.analysis.failed_checks_limit)),
        ("Progress deadline", f"{spec.progress_deadline_seconds}s"),
    )
    routing = _traffic_routing(spec.analysis)
    return (*fields, ("Traffic routing", routing)) if routing else fields


def _traffic_routing(analysis: Analysis) -> str:
    if analysis.strategy == "ab-testing":
        return "A/B Testing"
    if analysis.strategy == "blue-green":
        return "Blue/Green"
    if analysis.step_weight > 0:
        return f"Weight step: {analysis.step_weight} max: {analysis.max_weight}"
    if analysis.step_weights:
        steps = ",".join(map(str, analysis.step_weights))
        return f"Weight steps: {steps} max: {analysis.max_weight}"
    return ""
