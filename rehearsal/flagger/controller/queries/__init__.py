"""Builtin metrics per provider, chosen as flagger pkg/metrics/observers/factory.go chooses."""

from __future__ import annotations

from rehearsal.flagger.controller.queries import (
    apisix,
    appmesh,
    contour,
    gloo,
    http,
    istio,
    knative,
    kuma,
    linkerd,
    nginx,
    osm,
    skipper,
    traefik,
)
from rehearsal.flagger.controller.queries.base import Queries

__all__ = ["Queries", "of"]

_EXACT: dict[str, Queries] = {
    "apisix": apisix.QUERIES,
    "contour": contour.QUERIES,
    "istio": istio.QUERIES,
    "knative": knative.QUERIES,
    "kubernetes": http.QUERIES,
    "kuma": kuma.QUERIES,
    "linkerd": linkerd.QUERIES,
    "nginx": nginx.QUERIES,
    "osm": osm.QUERIES,
    "skipper": skipper.QUERIES,
    "traefik": traefik.QUERIES,
}
_PREFIXES: dict[str, Queries] = {
    "appmesh": appmesh.QUERIES,
    "gloo": gloo.QUERIES,
    "gatewayapi": http.QUERIES,
}


def of(metrics_provider: str) -> Queries:
    """The queries of a metrics provider; an unknown one (`kubernetes:service`) asks istio's."""
    if metrics_provider in _EXACT:
        return _EXACT[metrics_provider]
    for prefix, queries in _PREFIXES.items():
        if metrics_provider.startswith(prefix):
            return queries
    return istio.QUERIES
