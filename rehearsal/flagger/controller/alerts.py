"""Alerts: which of the canary's alert providers hears of what, and with which fields.

Source: flagger pkg/controller/events.go, alert and alertMetadata. An alert reference with no
severity hears nothing, whatever the documentation says.
"""

from __future__ import annotations

from dataclasses import replace

from rehearsal.flagger.canary.analysis import AlertRef, Analysis, Severity
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.ports import Alert, AlertSeverity, Ports
from rehearsal.flagger.controller.recorder import Recorder
from rehearsal.flagger.golang.url import is_absolute

_TITLES = {
    "discord": "Discord hook",
    "gchat": "Google Chat webhook",
    "msteams": "MS Teams webhook",
    "rocket": "Rocket hook",
    "slack": "Slack hook",
}


class Alerter:
    """Sends alerts through the events port."""

    def __init__(self, ports: Ports, flags: Flags, recorder: Recorder) -> None:
        self._ports = ports
        self._flags = flags
        self._recorder = recorder

    def send(
        self, canary: Canary, severity: AlertSeverity, message: str, *, metadata: bool = False
    ) -> None:
        """Alert everyone whose severity matches; without any reference, the global notifier."""
        fields = self._fields(canary, metadata)
        references = canary.spec.analysis.alerts
        if not references:
            self._ports.events.alert(Alert(severity, message, canary, fields))
        for reference in references:
            if hears(reference.severity, severity):
                self._send_to(canary, Alert(severity, message, canary, fields), reference)

    def _send_to(self, canary: Canary, alert: Alert, reference: AlertRef) -> None:
        """Through one provider; one that cannot be used is logged."""
        namespace = reference.provider_ref.namespace_for(canary.namespace)
        title = f"alert provider {reference.provider_ref.name}.{namespace}"
        try:
            provider = self._ports.store.alert_provider(namespace, reference.provider_ref.name)
        except PortError as error:
            self._log(canary, f"{title} error: {error}", 129)
            return
        address = provider.spec.address
        if provider.spec.secret_ref is not None:
            try:
                secret = self._ports.store.secret(namespace, provider.spec.secret_ref.name)
            except PortError as error:
                self._log(canary, f"{title} secretRef error: {error}", 145)
                return
            if "address" not in secret:
                self._log(canary, f"{title} secret does not contain an address", 152)
                return
            address = secret["address"].decode("utf-8", "replace")
        if address and not is_absolute(address):
            name = _TITLES[provider.spec.type]
            self._log(canary, f"{title} error: invalid {name} URL {address}", 180)
            return
        self._ports.events.alert(replace(alert, provider=provider, address=address))

    def _log(self, canary: Canary, text: str, line: int) -> None:
        self._recorder.log(canary, text, f"controller/events.go:{line}", "error")

    def _fields(self, canary: Canary, metadata: bool) -> tuple[tuple[str, str], ...]:
        cluster = self._flags.cluster_name
        fields = (("Cluster", cluster),) if cluster else ()
        return fields + metadata_fields(canary) if metadata else fields


def hears(listens_to: Severity, severity: AlertSeverity) -> bool:
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
