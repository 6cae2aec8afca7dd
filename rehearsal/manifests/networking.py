"""Services, Ingresses, and Gateway API's Gateways and HTTPRoutes: what a canary stands behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from rehearsal.flagger.canary.base import Part
from rehearsal.flagger.canary.scalars import GoInt32, IntOrString, StringMap, Text
from rehearsal.manifests.pods import Port


class ServicePort(Part):
    """One port of a Service; without a target port it is the same at the pods."""

    name: Text = ""
    port: Port
    target_port: IntOrString | None = None
    protocol: Text = "TCP"
    app_protocol: Text = ""


class ServiceSpec(Part):
    """A Service."""

    type: Text = "ClusterIP"
    selector: StringMap = Field(default_factory=dict)
    ports: tuple[ServicePort, ...] = ()
    cluster_ip: Text = Field("", alias="clusterIP")
    external_name: Text = ""


class BackendPort(Part):
    """A Service's port by number or by name."""

    number: GoInt32 = 0
    name: Text = ""


class IngressService(Part):
    """The Service that an Ingress leads to."""

    name: Text
    port: BackendPort = BackendPort()


class IngressBackend(Part):
    """Where an Ingress leads to; the betas wrote `serviceName` and `servicePort`."""

    service: IngressService | None = None
    service_name: Text = ""
    service_port: IntOrString | None = None


class IngressPath(Part):
    """One path of a host."""

    path: Text = "/"
    path_type: Text = ""
    backend: IngressBackend = IngressBackend()


class IngressHttp(Part):
    """The paths of a host."""

    paths: tuple[IngressPath, ...] = ()


class IngressRule(Part):
    """The paths of one host; without a host, of all."""

    host: Text = ""
    http: IngressHttp = IngressHttp()


class IngressSpec(Part):
    """An Ingress of any version of its API."""

    ingress_class_name: Text = ""
    rules: tuple[IngressRule, ...] = ()
    default_backend: IngressBackend | None = None

    def service_names(self) -> Iterator[str]:
        """The Services it leads to."""
        backends = [path.backend for rule in self.rules for path in rule.http.paths]
        for backend in [*backends, *filter(None, [self.default_backend])]:
            if backend.service is not None:
                yield backend.service.name
            elif backend.service_name:
                yield backend.service_name


class Listener(Part):
    """One port of a Gateway."""

    name: Text
    port: Port
    protocol: Text
    hostname: Text = ""
    allowed_routes: Mapping[str, Any] = Field(default_factory=dict)


class GatewaySpec(Part):
    """A Gateway of the Gateway API."""

    gateway_class_name: Text
    listeners: tuple[Listener, ...] = ()


class ObjectRef(Part):
    """An object that a route names."""

    group: Text = ""
    kind: Text = ""
    name: Text
    namespace: Text = ""
    port: GoInt32 | None = None
    weight: GoInt32 = 1


class RouteRule(Part):
    """One rule of an HTTPRoute."""

    backend_refs: tuple[ObjectRef, ...] = ()


class HttpRouteSpec(Part):
    """An HTTPRoute of the Gateway API."""

    parent_refs: tuple[ObjectRef, ...] = ()
    hostnames: tuple[Text, ...] = ()
    rules: tuple[RouteRule, ...] = ()


class OtherSpec(Part):
    """The spec of an object that is not looked into; see its `raw`."""
