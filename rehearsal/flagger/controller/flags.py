"""The flags of the `flagger` command that change what a tick does."""

from __future__ import annotations

from dataclasses import dataclass

METRICS_SERVER = "http://prometheus:9090"
SELECTOR_LABELS = ("app", "name", "app.kubernetes.io/name")


@dataclass(frozen=True)
class Flags:
    """Flagger's defaults.

    `event_webhook` hears every event of canaries that have no `type: event` webhook of their own.
    `epoch_s` is not Flagger's: it is the time since the epoch at the clock's zero, for timestamps
    on the wire.
    """

    mesh_provider: str = "istio"
    metrics_server: str = METRICS_SERVER
    selector_labels: tuple[str, ...] = SELECTOR_LABELS
    include_label_prefixes: tuple[str, ...] = ()
    event_webhook: str = ""
    cluster_name: str = ""
    no_cross_namespace_refs: bool = False
    epoch_s: float = 0.0
