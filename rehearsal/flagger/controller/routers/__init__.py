"""Providers' routers: one file per family, chosen as flagger pkg/router/factory.go chooses."""

from __future__ import annotations

from rehearsal.flagger.controller.ports import Ports
from rehearsal.flagger.controller.recorder import Recorder
from rehearsal.flagger.controller.routers.apisix import ApisixRouter
from rehearsal.flagger.controller.routers.appmesh import AppMeshRouter, AppMeshV1Beta1Router
from rehearsal.flagger.controller.routers.base import MakeRouter, Router
from rehearsal.flagger.controller.routers.contour import ContourRouter
from rehearsal.flagger.controller.routers.gatewayapi import GatewayApiRouter
from rehearsal.flagger.controller.routers.gloo import GlooRouter
from rehearsal.flagger.controller.routers.ingress import IngressRouter
from rehearsal.flagger.controller.routers.istio import IstioRouter
from rehearsal.flagger.controller.routers.kubernetes import KubernetesRouter
from rehearsal.flagger.controller.routers.kuma import KumaRouter
from rehearsal.flagger.controller.routers.smi import SmiRouter
from rehearsal.flagger.controller.routers.traefik import TraefikRouter

__all__ = ["Router", "of"]

_EXACT: dict[str, MakeRouter] = {
    "apisix": ApisixRouter,
    "appmesh": AppMeshV1Beta1Router,
    "contour": ContourRouter,
    "istio": IstioRouter,
    "kubernetes": KubernetesRouter,
    "kuma": KumaRouter,
    "linkerd": SmiRouter,
    "nginx": IngressRouter,
    "osm": SmiRouter,
    "skipper": IngressRouter,
    "traefik": TraefikRouter,
}
_PREFIXES: dict[str, MakeRouter] = {
    "appmesh:v1beta2": AppMeshRouter,
    "gatewayapi:v1": GatewayApiRouter,
    "gloo": GlooRouter,
    "smi:v1alpha1": SmiRouter,
    "smi:v1alpha2": SmiRouter,
    "smi:v1alpha3": SmiRouter,
}


def of(provider: str, ports: Ports, recorder: Recorder) -> Router:
    """The router of a provider; an unknown one, said in the log, is taken for istio."""
    make = _EXACT.get(provider) or next(
        (make for prefix, make in _PREFIXES.items() if provider.startswith(prefix)), None
    )
    if make is None:
        recorder.log(None, f"unknown mesh router provider '{provider}', using istio", "warn")
        make = IstioRouter
    return make(ports, recorder)
