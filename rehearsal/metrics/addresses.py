"""Whether a Prometheus that a Canary or a template names is stood in for by the rehearsal's own.

A query is only worth something where the series are. Those of a rehearsal are in its own store, so
that the Prometheus of the cluster, under the names that Flagger's and the usual charts give it, is
that store. Any other address is somebody's own server: it is asked there, or the rehearsal does not
begin.
"""

import re
from dataclasses import dataclass
from typing import Literal

from rehearsal.flagger.golang.url import UrlError, parse_url

INTERNAL = "internal"
"""The value of `--prometheus` that lets the rehearsal's own store stand in for every address."""

# Services of Flagger's manifests and charts, of the operator, and of the community charts.
_USUAL = re.compile(
    r"prometheus"
    r"|prometheus-(?:server|service|operated|k8s|kube-prometheus-prometheus)"
    r"|prometheus-(?:kube-)?stack-prometheus"
    r"|kube-prometheus-stack-prometheus"
    r"|(?:kube-)?prometheus-operator-prometheus"
    r"|(?:flagger|appmesh|istio|linkerd|mesh|kube|monitoring)-prometheus(?:-server)?"
)
_CLUSTER_NAME = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+(?:\.svc(?:\.cluster\.local\.?)?)?)?")


@dataclass(frozen=True)
class Destination:
    """Where the queries of an address go: the rehearsal's own store, or a server at `url`."""

    kind: Literal["internal", "server"]
    url: str = ""


def destination(address: str, metrics_server: str, prometheus: str) -> Destination:
    """Where queries for an address go.

    `metrics_server` is that of Flagger (its flag, or `spec.metricsServer`); `prometheus` is what
    `--prometheus` says: a URL that is asked in place of every foreign address, or `internal`.
    """
    if is_ours(address, metrics_server) or prometheus == INTERNAL:
        return Destination("internal")
    return Destination("server", prometheus or address)


def is_ours(address: str, metrics_server: str) -> bool:
    """Whether an address is the Prometheus of the cluster that is rehearsed."""
    if not address or _same(address, metrics_server):
        return True
    host = _host(address)
    return bool(_CLUSTER_NAME.fullmatch(host)) and bool(_USUAL.fullmatch(host.split(".")[0]))


def _same(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")


def _host(address: str) -> str:
    try:
        host = parse_url(address).host
    except UrlError:
        return ""
    return host.partition(":")[0].lower() if len(host) <= 253 else ""
