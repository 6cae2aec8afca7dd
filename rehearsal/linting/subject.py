"""What a rule looks at: one Canary, and whatever is known around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import rehearsal.flagger.controller  # noqa: F401  before providers, which it imports in turn
from rehearsal.flagger.canary.analysis import Analysis, Metric, Webhook
from rehearsal.flagger.canary.model import CanarySpec
from rehearsal.flagger.canary.resources import MetricTemplateSpec
from rehearsal.flagger.canary.yamltext import Path
from rehearsal.flagger.providers import DEFAULT, Provider, provider_of
from rehearsal.linting.queries import Query, read_queries
from rehearsal.manifests import CanaryManifest, Manifest, Manifests, as_canary, target_of
from rehearsal.manifests.workloads import DaemonSetSpec, DeploymentSpec

ANALYSIS: Path = ("spec", "analysis")
METRICS: Path = (*ANALYSIS, "metrics")
WEBHOOKS: Path = (*ANALYSIS, "webhooks")

WorkloadManifest = Manifest[DeploymentSpec] | Manifest[DaemonSetSpec]


@dataclass(frozen=True)
class Chances:
    """How runs of a canary end under some traffic: shares of 1.

    `false_alarm` of the runs of a healthy build end in a rollback; `missed` of those of a build
    that fails `broken_share` of its requests end in a promotion.
    """

    traffic_per_s: float
    false_alarm: float
    broken_share: float
    missed: float


@dataclass(frozen=True)
class Options:
    """What a Canary does not say of itself.

    `mesh_provider` is Flagger's flag of that name, for Canaries without a provider; `scrape_s` is
    how often the Prometheus of its metrics scrapes; with `is_complete`, all objects there are were
    given. `chances` computes the odds of a subject where the traffic is known, and `floor` is the
    least chance of the right verdict that is accepted.
    """

    mesh_provider: str = DEFAULT
    scrape_s: float = 15.0
    is_complete: bool = False
    chances: Callable[[Subject], Chances | None] | None = None
    floor: float = 0.95


@dataclass(frozen=True)
class Subject:
    """A Canary with its surroundings."""

    manifest: CanaryManifest
    manifests: Manifests
    options: Options = field(default_factory=Options)

    @property
    def spec(self) -> CanarySpec:
        return self.manifest.spec

    @property
    def analysis(self) -> Analysis:
        return self.manifest.spec.analysis

    @property
    def namespace(self) -> str:
        return self.manifest.namespace

    @property
    def apex(self) -> str:
        """The name of the Service that users call; the others have a suffix to it."""
        return as_canary(self.manifest).apex_service

    @property
    def provider(self) -> str:
        """The provider as written, or as Flagger's flag has it."""
        return self.spec.provider or self.options.mesh_provider

    @cached_property
    def provider_facts(self) -> Provider:
        """What is known of the provider; Flagger takes istio for one it does not know."""
        found = provider_of(self.provider) or provider_of(DEFAULT)
        assert found is not None
        return found

    @property
    def is_weighted(self) -> bool:
        """Whether the run shifts weights."""
        return self.analysis.strategy == "canary" and self.provider != "kubernetes"

    @property
    def is_blue_green(self) -> bool:
        """Whether the canary gets no traffic of users before it is promoted."""
        is_ab = self.analysis.strategy == "ab-testing" and self.provider != "kubernetes"
        return not self.is_weighted and not is_ab

    @cached_property
    def target(self) -> WorkloadManifest | None:
        """The workload, where it is in one of the files and has pods."""
        found = target_of(self.manifest, self.manifests)
        if found is None or not isinstance(found.spec, DeploymentSpec | DaemonSetSpec):
            return None
        return found

    @cached_property
    def queries(self) -> tuple[Query, ...]:
        """The custom PromQL queries whose text is at hand."""
        return tuple(read_queries(self))

    @cached_property
    def chances(self) -> Chances | None:
        """How its runs end, where the traffic is known and its checks can be computed."""
        return self.options.chances(self) if self.options.chances is not None else None

    def find(self, kind: str, name: str, namespace: str = "") -> Manifest[Any] | None:
        """An object of the canary's namespace, or of another."""
        return self.manifests.find(kind, namespace or self.namespace, name, self.manifest)

    def template_of(self, metric: Metric) -> Manifest[MetricTemplateSpec] | None:
        """The MetricTemplate of a metric, where it is in one of the files."""
        ref = metric.template_ref
        if ref is None:
            return None
        return self.find("MetricTemplate", ref.name, ref.namespace_for(self.namespace))

    def metrics(self) -> Iterator[tuple[Path, Metric]]:
        """Every metric with the path of its field."""
        for index, metric in enumerate(self.analysis.metrics):
            yield (*METRICS, index), metric

    def webhooks(self, *types: str) -> Iterator[tuple[Path, Webhook]]:
        """The webhooks of some types (of all without any), with the paths of their fields."""
        for index, hook in enumerate(self.analysis.webhooks):
            if not types or (hook.type or "rollout") in types:
                yield (*WEBHOOKS, index), hook
