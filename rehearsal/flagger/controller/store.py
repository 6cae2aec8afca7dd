"""The API server's part: the canary, its status, and the objects it refers to, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rehearsal.flagger.canary.model import Canary, CanarySpec, CanaryStatus
from rehearsal.flagger.canary.resources import AlertProvider, MetricTemplate
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.values import changed


class MemoryStore:
    """A `Store` of one canary. Values are immutable, so what was read does not change.

    `secrets` are decoded, by namespace and name. `backends` has the services behind each Ingress
    and ApisixRoute, by resource and name; without it, one is taken to lead to the apex service, as
    Flagger requires.
    """

    def __init__(
        self,
        canary: Canary,
        templates: Iterable[MetricTemplate] = (),
        alert_providers: Iterable[AlertProvider] = (),
        secrets: Mapping[tuple[str, str], Mapping[str, bytes]] | None = None,
        backends: Mapping[tuple[str, str], tuple[str, ...]] | None = None,
    ) -> None:
        self._canary: Canary | None = canary
        self._templates = {(one.namespace, one.name): one for one in templates}
        self._alert_providers = {(one.namespace, one.name): one for one in alert_providers}
        self._secrets = secrets or {}
        self._backends = backends

    def get(self) -> Canary:
        if self._canary is None:
            raise PortError("canary not found")
        return self._canary

    def put_status(self, status: CanaryStatus) -> None:
        self._canary = changed(self.get(), status=status)

    def put_spec(self, spec: CanarySpec) -> None:
        """What `kubectl apply` of an edited Canary does."""
        self._canary = changed(self.get(), spec=spec)

    def delete(self) -> None:
        """What `kubectl delete canary` does."""
        self._canary = None

    def metric_template(self, namespace: str, name: str) -> MetricTemplate:
        if (namespace, name) not in self._templates:
            raise PortError(f'metrictemplate.flagger.app "{name}" not found')
        return self._templates[namespace, name]

    def alert_provider(self, namespace: str, name: str) -> AlertProvider:
        if (namespace, name) not in self._alert_providers:
            raise PortError(f'alertprovider.flagger.app "{name}" not found')
        return self._alert_providers[namespace, name]

    def secret(self, namespace: str, name: str) -> Mapping[str, bytes]:
        if (namespace, name) not in self._secrets:
            raise PortError(f'secrets "{name}" not found')
        return self._secrets[namespace, name]

    def backends(self, resource: str, name: str) -> tuple[str, ...]:
        if self._backends is None:
            return (self.get().apex_service,)
        if (resource, name) not in self._backends:
            raise PortError(f'{resource} "{name}" not found')
        return self._backends[resource, name]
