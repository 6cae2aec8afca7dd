"""`spec.service`: the services, routes and policies that are generated around the target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from rehearsal.flagger.canary.base import Part
from rehearsal.flagger.canary.match import StringMatch
from rehearsal.flagger.canary.policies import CorsPolicy, TrafficPolicy
from rehearsal.flagger.canary.scalars import Flag, GoInt, IntOrString, StringMap, Text

_DNS = r"^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
_DNS_NAME = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
_LABEL = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
_KIND = r"^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$"

Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
ObjectName = Annotated[Text, Field(min_length=1, max_length=253)]
Group = Annotated[Text, Field(max_length=253, pattern=_DNS)]
Kind = Annotated[Text, Field(min_length=1, max_length=63, pattern=_KIND)]
NamespaceName = Annotated[Text, Field(min_length=1, max_length=63, pattern=_LABEL)]
SectionName = Annotated[Text, Field(min_length=1, max_length=253, pattern=_DNS_NAME)]


class RouteMatch(Part):
    """Which requests a generated route takes."""

    uri: StringMatch | None = None
    method: StringMatch | None = None
    authority: StringMatch | None = None
    scheme: StringMatch | None = None
    headers: Mapping[str, StringMatch] = Field(default_factory=dict)
    query_params: Mapping[str, StringMatch] = Field(default_factory=dict)
    without_headers: Mapping[str, StringMatch] = Field(default_factory=dict)
    source_labels: StringMap = Field(default_factory=dict)
    source_namespace: Text = ""
    name: Text = ""
    port: Annotated[int, Field(strict=True)] | None = None
    ignore_uri_case: Flag = False
    gateways: tuple[Text, ...] = ()


class Retries(Part):
    """How often, how long and on what a route tries again."""

    attempts: Annotated[int, Field(strict=True)] = 0
    per_try_timeout: Text = ""
    retry_on: Text = ""


class Rewrite(Part):
    """What a route changes in the request line."""

    uri: Text = ""
    authority: Text = ""
    type: Text = ""


class HeaderOperations(Part):
    """Headers added, set and removed on one side of the exchange."""

    add: StringMap = Field(default_factory=dict)
    set_: StringMap = Field(default_factory=dict)
    remove: tuple[Text, ...] = ()


class Headers(Part):
    """Header operations on requests and on responses."""

    request: HeaderOperations = HeaderOperations()
    response: HeaderOperations = HeaderOperations()


class GatewayRef(Part):
    """A Gateway the generated HTTPRoute attaches itself to."""

    name: ObjectName
    namespace: NamespaceName | None = None
    group: Group = "gateway.networking.k8s.io"
    kind: Kind = "Gateway"
    section_name: SectionName | None = None
    port: Port | None = None


class BackendRef(Part):
    """Where mirrored requests go; a Service needs its port."""

    name: ObjectName
    namespace: NamespaceName | None = None
    group: Group = ""
    kind: Kind = "Service"
    port: Port | None = None

    @model_validator(mode="after")
    def _service_has_port(self) -> BackendRef:
        if not self.group and self.kind == "Service" and self.port is None:
            raise PydanticCustomError("port", "must have a port for a Service")
        return self


class MirrorFilter(Part):
    """A standing mirror, apart from that of the analysis."""

    backend_ref: BackendRef | None = None


class CustomMetadata(Part):
    """Labels and annotations for a generated service."""

    labels: StringMap = Field(default_factory=dict)
    annotations: StringMap = Field(default_factory=dict)


class UnmanagedMetadata(Part):
    """Metadata keys that are left alone."""

    labels: tuple[Text, ...] = ()
    annotations: tuple[Text, ...] = ()


class Service(Part):
    """The generated services; whoever writes a service writes its port."""

    port: GoInt
    name: Text = ""
    port_name: Text = "http"
    target_port: IntOrString | None = None
    app_protocol: Text = ""
    traffic_distribution: Literal["PreferClose", "PreferSameZone", "PreferSameNode"] | None = None
    port_discovery: Flag = False
    headless: Flag = False
    timeout: Text = ""
    backend_timeout: Text = ""
    mesh_name: Text = ""
    backends: tuple[Text, ...] = ()
    hosts: tuple[Text, ...] = ()
    gateways: tuple[Text, ...] = ()
    gateway_refs: Annotated[tuple[GatewayRef, ...], Field(max_length=32)] = ()
    delegation: Flag = False
    match: tuple[RouteMatch, ...] = ()
    retries: Retries | None = None
    rewrite: Rewrite | None = None
    headers: Headers | None = None
    mirror: tuple[MirrorFilter, ...] = ()
    cors_policy: CorsPolicy | None = None
    traffic_policy: TrafficPolicy | None = None
    apex: CustomMetadata | None = None
    primary: CustomMetadata | None = None
    canary: CustomMetadata | None = None
    unmanaged_metadata: UnmanagedMetadata | None = None
