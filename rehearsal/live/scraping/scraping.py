"""Scrapes of a live environment: the series that the checks of its canaries read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from rehearsal.clock import ScaledClock
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.providers import provider_of, series_of
from rehearsal.flagger.providers.series import Subject
from rehearsal.live.mesh.canary_rules import mesh_name
from rehearsal.live.scraping.measure import Measured, MeasuredMetric, measure, measure_all
from rehearsal.live.scraping.metrics import MetricsPort
from rehearsal.live.scraping.prometheus import SCRAPE_INTERVAL_S, Prometheus
from rehearsal.live.scraping.scrapers import (
    MESH,
    ApplicationScraper,
    MeshScraper,
    MeshSubject,
)
from rehearsal.live.scraping.targets import Pod, Target, target_of
from rehearsal.metrics.scripted import read_scripts

if TYPE_CHECKING:
    from rehearsal.live.config import EnvironmentConfig
    from rehearsal.live.mesh.envoy import Envoy
    from rehearsal.live.punctuality import Punctuality
    from rehearsal.live.rollout import Rollout
    from rehearsal.live.workloads.cluster import Cluster
    from rehearsal.live.workloads.kubelet import Kubelet


class Scraped(Protocol):
    """What is scraped: the parts of a live environment that count, and what they belong to."""

    config: EnvironmentConfig
    clock: ScaledClock
    envoy: Envoy
    cluster: Cluster
    kubelet: Kubelet
    punctuality: Punctuality
    rollouts: dict[str, Rollout]


class Scraping:
    """One Prometheus for all canaries, as Flagger has one metrics server."""

    def __init__(self, environment: Scraped) -> None:
        self._environment = environment
        self.prometheus = Prometheus(self._epoch_s)
        self._mesh = MeshScraper(environment.envoy.admin, self.prometheus, self._subjects)
        self._applications = ApplicationScraper(self.prometheus)
        self._ports = {name: self._port(r) for name, r in environment.rollouts.items()}

    async def run(self) -> None:
        """Scrape until cancelled, and note gaps between scrapes."""
        clock = self._environment.clock
        before_s = clock.now_s()
        while True:
            started_s = clock.now_s()
            await self.scrape()
            now_s = clock.now_s()
            self._environment.punctuality.scrape(now_s, before_s, SCRAPE_INTERVAL_S)
            before_s = now_s
            await clock.sleep(SCRAPE_INTERVAL_S - (now_s - started_s))

    async def scrape(self) -> None:
        """One scrape of everything there is."""
        at_s = self._epoch_s()
        targets = list(self._targets())
        await self._mesh.scrape(at_s)
        patience_s = self._environment.clock.real_s(SCRAPE_INTERVAL_S) / 2
        await self._applications.scrape(targets, at_s, patience_s)
        self.prometheus.drop_all_but([MESH, *(target.url for target in targets)], at_s)

    def metrics(self, rollout: Rollout) -> MetricsPort:
        """The controller's `Metrics` port for a canary."""
        return self._ports[rollout.name]

    def measured(self, rollout: Rollout) -> Measured:
        """What the builtin checks of a canary would see now."""
        return measure(rollout.canary(), rollout.config.provider, self._ports[rollout.name])

    def measured_metrics(self, rollout: Rollout, *, explain: bool = False) -> list[MeasuredMetric]:
        """What every check of a canary would see now, with the series it matched if asked."""
        port, provider = self._ports[rollout.name], rollout.config.provider
        return measure_all(rollout.canary(), provider, rollout.store, port, explain=explain)

    async def close(self) -> None:
        for port in self._ports.values():
            port.close()
        await self._applications.close()

    def _epoch_s(self) -> float:
        clock = self._environment.clock
        return clock.started_at_s + clock.now_s()

    def _port(self, rollout: Rollout) -> MetricsPort:
        config = self._environment.config
        server = rollout.config.canary.spec.metrics_server or Flags().metrics_server
        return MetricsPort(
            self.prometheus,
            self._environment.clock.now_s,
            server,
            config.prometheus,
            read_scripts(config.metric_values),
        )

    def _pods(self) -> Iterator[tuple[Rollout, Pod]]:
        """The pods that run, with the canary whose target or primary they are."""
        environment = self._environment
        owners = environment.cluster.pods()
        for name, (main_port, ports) in environment.kubelet.local_ports().items():
            owned = owners.get(name)
            if owned is None or name not in environment.envoy.topology.pods:
                continue
            (namespace, workload), pod = owned
            for rollout in environment.rollouts.values():
                canary = rollout.config.canary
                if canary.namespace == namespace and workload in (canary.target, canary.primary):
                    yield (
                        rollout,
                        _described(rollout, name, workload, pod.template, main_port, ports),
                    )

    def _targets(self) -> Iterator[Target]:
        for rollout, pod in self._pods():
            provider = provider_of(rollout.config.provider)
            always = provider is not None and provider.source == "application"
            target = target_of(pod, always=always)
            if target is not None:
                yield target

    def _subjects(self) -> Iterator[MeshSubject]:
        for rollout, pod in self._pods():
            is_canary = pod.workload == rollout.config.canary.target
            subject = _subject(rollout, is_canary=is_canary, pod=pod.name, labels=pod.labels)
            yield _mesh_subject(rollout, pod.name, subject, "pod")
        for rollout in self._environment.rollouts.values():
            canary = rollout.config.canary
            for is_canary in (True, False):
                subject = _subject(rollout, is_canary=is_canary, pod="", labels={})
                cluster = mesh_name(canary.namespace, subject.service)
                yield _mesh_subject(rollout, cluster, subject, "service")


def _mesh_subject(rollout: Rollout, cluster: str, subject: Subject, measured: str) -> MeshSubject:
    series = series_of(rollout.config.provider)
    return MeshSubject(cluster, subject, tuple(s for s in series if s.measured == measured))


def _subject(rollout: Rollout, *, is_canary: bool, pod: str, labels: Mapping[str, str]) -> Subject:
    canary = rollout.config.canary
    spec = canary.spec
    return Subject(
        namespace=canary.namespace,
        target=canary.target,
        apex=canary.apex_service,
        is_canary=is_canary,
        port=spec.service.port,
        ingress=spec.ingress_ref.name if spec.ingress_ref else canary.target,
        route=spec.route_ref.name if spec.route_ref else canary.target,
        pod=pod,
        labels=labels,
    )


def _described(
    rollout: Rollout,
    name: str,
    workload: str,
    template: Mapping[str, Any],
    main_port: int,
    ports: Mapping[int, int],
) -> Pod:
    canary = rollout.config.canary
    metadata = template.get("metadata") or {}
    side = "primary" if workload == canary.primary else "canary"
    names = {
        int(port["containerPort"]): str(port.get("name") or "")
        for container in (template.get("spec") or {}).get("containers") or ()
        for port in container.get("ports") or ()
        if port.get("containerPort")
    }
    return Pod(
        namespace=canary.namespace,
        name=name,
        workload=workload,
        service=f"{canary.apex_service}-{side}",
        main_port=main_port,
        ports={number: (names.get(number, ""), local) for number, local in ports.items()},
        labels={str(k): str(v) for k, v in (metadata.get("labels") or {}).items()},
        annotations={str(k): str(v) for k, v in (metadata.get("annotations") or {}).items()},
    )
