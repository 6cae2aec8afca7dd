"""A store of objects that are taken to exist, since nobody gave them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rehearsal.flagger.canary.resources import (
    AlertProvider,
    AlertProviderSpec,
    MetricTemplate,
    MetricTemplateSpec,
)
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.store import MemoryStore
from rehearsal.recording.recorded_ports import RecordedStore

_TEMPLATE = MetricTemplateSpec.model_validate(
    {
        "provider": {"type": "prometheus", "address": "http://prometheus:9090"},
        "query": "{{ target }}",
    }
)
_ALERT_PROVIDER = AlertProviderSpec.model_validate({"type": "slack", "address": "http://alerts/"})


class GenerousStore(MemoryStore):
    """A store in which objects that a Canary refers to exist even if they were not given."""

    def metric_template(self, namespace: str, name: str) -> MetricTemplate:
        try:
            return super().metric_template(namespace, name)
        except PortError:
            return MetricTemplate(name, namespace, _TEMPLATE)

    def alert_provider(self, namespace: str, name: str) -> AlertProvider:
        try:
            return super().alert_provider(namespace, name)
        except PortError:
            return AlertProvider(name, namespace, _ALERT_PROVIDER)

    def secret(self, namespace: str, name: str) -> Mapping[str, bytes]:
        try:
            return super().secret(namespace, name)
        except PortError:
            return AnySecret()


class AnySecret(Mapping[str, bytes]):
    """A Secret that has whatever is asked for."""

    def __getitem__(self, key: str) -> bytes:
        return b"secret"

    def __contains__(self, key: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(("secret",))

    def __len__(self) -> int:
        return 1


class GenerousRecordedStore(GenerousStore, RecordedStore):
    """The same, with a record of each status that is written."""
