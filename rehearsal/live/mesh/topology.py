"""What the mesh should look like, as values: who answers to which host, and where they live.

A request enters at a service: by its name through the mesh's proxy, or at the service's own
loopback address and port. The service's rules send it to clusters, by weight; a cluster's members
are pods, each behind a listener of its own that stands for its sidecar.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from rehearsal.faults import Fault
from rehearsal.live.mesh.tracing import Tracing


@dataclass(frozen=True)
class RetryPolicy:
    """How often, for how long and on what a request is tried again (`service.retries`)."""

    attempts: int
    per_try_timeout_s: float | None = None
    retry_on: str = "gateway-error"


@dataclass(frozen=True)
class Condition:
    """A condition on a string: its kind, and the text it is held against."""

    kind: Literal["exact", "prefix", "suffix", "regex"]
    text: str


@dataclass(frozen=True)
class RequestMatch:
    """Which requests a rule takes; everything in it must hold."""

    path: Condition | None = None
    ignore_path_case: bool = False
    headers: tuple[tuple[str, Condition], ...] = ()
    without_headers: tuple[tuple[str, Condition], ...] = ()
    query: tuple[tuple[str, Condition], ...] = ()


@dataclass(frozen=True)
class HeaderChanges:
    """Headers added, set and removed on one side of the exchange."""

    add: tuple[tuple[str, str], ...] = ()
    set: tuple[tuple[str, str], ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True)
class CorsPolicy:
    """`service.corsPolicy`, as Istio has it."""

    origins: tuple[Condition, ...] = ()
    methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    max_age_s: float | None = None
    allow_credentials: bool | None = None


@dataclass(frozen=True)
class Destination:
    """A cluster, its weight, and headers that its responses get."""

    cluster: str
    weight: int
    response_headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Rule:
    """What happens to the requests of one match. `timeout_s` 0 means none."""

    destinations: tuple[Destination, ...]
    match: RequestMatch = RequestMatch()
    timeout_s: float = 15.0
    retry: RetryPolicy | None = None
    mirror_to: str | None = None
    rewrite_path: str = ""
    rewrite_authority: str = ""
    request_headers: HeaderChanges = HeaderChanges()
    response_headers: HeaderChanges = HeaderChanges()
    cors: CorsPolicy | None = None


@dataclass(frozen=True)
class Service:
    """A name in the cluster: its hosts, its rules in order, and where it listens.

    `address` is a loopback address of its own, and `ports` the ports it has there; without one it
    is reached through the proxy alone. With `tcp` the first rule's weights apply to connections.
    """

    name: str
    hosts: tuple[str, ...]
    rules: tuple[Rule, ...]
    address: str = ""
    ports: tuple[int, ...] = ()
    tcp: bool = False


@dataclass(frozen=True)
class PodPort:
    """Where a pod's application listens on loopback, and the faults in front of it.

    `sidecar` is what its proxy is called in traces; without a name it makes none.
    """

    port: int
    faults: tuple[Fault, ...] = ()
    sidecar: str = ""


@dataclass(frozen=True)
class Topology:
    """The whole mesh.

    `pods` maps a pod to where it listens: each gets a sidecar. `clusters` maps a cluster to its
    ready pods, `externals` a cluster outside the mesh to a host and port. `egresses` are proxies of
    their own, by their names in traces, through which a service calls others. With `tracing`
    proxies make spans.
    """

    services: tuple[Service, ...] = ()
    clusters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pods: Mapping[str, PodPort] = field(default_factory=dict)
    externals: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    egresses: tuple[str, ...] = ()
    tracing: Tracing | None = None

    def with_services(self, services: Iterable[Service]) -> "Topology":
        """The same mesh with these services added, or put in the place of those of their names."""
        new = {service.name: service for service in services}
        others = tuple(s for s in self.services if s.name not in new)
        return replace(self, services=(*others, *new.values()))

    def with_pod(self, name: str, port: int, sidecar: str = "") -> "Topology":
        return replace(self, pods={**self.pods, name: PodPort(port, sidecar=sidecar)})

    def without_pod(self, name: str) -> "Topology":
        """The same mesh without a pod, in its clusters too."""
        return replace(
            self,
            pods={k: v for k, v in self.pods.items() if k != name},
            clusters={c: tuple(p for p in pods if p != name) for c, pods in self.clusters.items()},
        )

    def with_faults(self, faults: Mapping[str, tuple[Fault, ...]]) -> "Topology":
        """The same mesh with just these faults, by pod."""
        pods = {n: replace(pod, faults=faults.get(n, ())) for n, pod in self.pods.items()}
        return replace(self, pods=pods)

    def with_clusters(self, endpoints: Mapping[str, tuple[str, ...]]) -> "Topology":
        """The same mesh with these clusters' ready pods."""
        return replace(self, clusters={**self.clusters, **endpoints})

    def with_external(self, name: str, host: str, port: int) -> "Topology":
        return replace(self, externals={**self.externals, name: (host, port)})
