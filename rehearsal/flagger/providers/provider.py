"""What is known of a provider: one `Provider` per file of this package.

To add one, write a file with a `PROVIDERS` tuple; the registry finds it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from rehearsal.flagger.canary.model import CanarySpec
from rehearsal.flagger.controller.ports import Ports
from rehearsal.flagger.providers.queries import Queries
from rehearsal.flagger.providers.router import Log, Router
from rehearsal.flagger.providers.series import Series

MetricsSource = Literal["mesh", "application"]
"""Who counts the requests of the builtin metrics: the data plane, or the application itself."""

HeaderCondition = Literal["exact", "prefix", "suffix", "regex"]

ALL_CONDITIONS: frozenset[HeaderCondition] = frozenset({"exact", "prefix", "suffix", "regex"})


@dataclass(frozen=True)
class MatchSupport:
    """What a provider does with `analysis.match`.

    `headers` are the conditions on headers that it writes into its object; without any, the match
    is ignored: a run of iterations sends everybody to the canary. `max_headers` is how many of them
    count, and `query_params` and `source_labels` whether these do. With `drops_all`, one condition
    that is not understood makes the provider drop the whole match. With `unordered`, Flagger
    compares what it finds with headers written in the order of a Go map, another one each time.
    """

    headers: frozenset[HeaderCondition] = frozenset()
    query_params: bool = False
    source_labels: bool = False
    max_headers: int | None = None
    drops_all: bool = False
    unordered: bool = False

    @property
    def is_ignored(self) -> bool:
        """Whether `analysis.match` changes nothing."""
        return not self.headers


IGNORED = MatchSupport()


@dataclass(frozen=True)
class ServicePolicies:
    """Which fields of `spec.service` a provider writes into its objects.

    `matches` says how much of `service.match`: nothing, the prefix of the first path, or all.
    Where `timeout` is not written, `default_timeout_s` is the provider's own (0 for none).
    """

    timeouts_and_retries: bool = False
    default_timeout_s: float = 0.0
    matches: Literal["nothing", "prefix", "all"] = "nothing"
    headers_and_rewrite: bool = False
    cors: bool = False


NO_POLICIES = ServicePolicies()
FULL = ServicePolicies(timeouts_and_retries=True, matches="all", headers_and_rewrite=True)


@dataclass(frozen=True)
class Field:
    """A field of a Canary's spec by which a provider is told where none is written."""

    path: str
    value: Callable[[CanarySpec], object]


@dataclass(frozen=True)
class Provider:
    """One provider, under the names by which Flagger knows it.

    `name` is a value of `spec.provider`; `prefix` is for values with more after it, such as
    `smi:v1alpha1:istio`, and `measures_prefix` for those that Flagger only recognises when it
    chooses queries. Without `queries` istio's are asked. `resources` are the types of the generated
    objects. A mirror that is read back (`reads_mirror`) ends a weighted run's first step; with the
    others such a run never gets beyond it. `requires` names a field of the spec without which no
    canary is initialised, and `told_by` one that only its canaries have. `series` are those of its
    proxies, istio's where it has none of its own. With `pods_by_name` the builtin queries find pods
    by the names that a Deployment's pods have.
    """

    name: str
    make_router: Callable[[Ports, Log], Router]
    queries: Queries | None = None
    source: MetricsSource = "mesh"
    resources: tuple[str, ...] = ()
    prefix: str = ""
    measures_prefix: str = ""
    match: MatchSupport = field(default=IGNORED)
    shifts_traffic: bool = True
    mirrors: bool = False
    reads_mirror: bool = False
    session_affinity: bool = False
    requires: str = ""
    told_by: Field | None = None
    series: tuple[Series, ...] | None = None
    policies: ServicePolicies = NO_POLICIES
    pods_by_name: bool = False
    before_primary: bool = False
    """Whether its objects are generated before the primary, whose pods need them."""

    def routes(self, provider: str) -> bool:
        """Whether Flagger drives this provider's objects for a value of `spec.provider`."""
        if self.prefix:
            return provider.startswith(self.prefix)
        return provider == self.name

    def measures(self, metrics_provider: str) -> bool:
        """Whether Flagger asks this provider's queries."""
        if self.queries is None:
            return False
        prefix = self.measures_prefix or self.prefix
        return metrics_provider.startswith(prefix) if prefix else metrics_provider == self.name
