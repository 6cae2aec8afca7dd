"""References from the Canary to other objects."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rehearsal.flagger.canary.base import Part
from rehearsal.flagger.canary.scalars import StringMap, Text


class LocalRef(Part):
    """An object in the canary's namespace."""

    api_version: Text
    name: Text


class TargetRef(LocalRef):
    """The workload that is released."""

    kind: Literal["DaemonSet", "Deployment", "Service"]

    @property
    def is_knative(self) -> bool:
        """Whether it is a service of Knative, not one of Kubernetes."""
        return self.kind == "Service" and self.api_version == "serving.knative.dev/v1"


class ScalerReplicas(Part):
    """Replica bounds of the primary's scaler where they differ from the target's."""

    min_replicas: Annotated[int, Field(strict=True, ge=1)] | None = None
    max_replicas: Annotated[int, Field(strict=True, ge=1)] | None = None


class AutoscalerRef(LocalRef):
    """The scaler of the target; Flagger keeps a copy of it for the primary."""

    kind: Literal["HorizontalPodAutoscaler", "ScaledObject"]
    primary_scaler_queries: StringMap = Field(default_factory=dict)
    primary_scaler_replicas: ScalerReplicas | None = None


class IngressRef(LocalRef):
    """The NGINX or Skipper ingress that is copied and annotated."""

    kind: Literal["Ingress"]


class RouteRef(LocalRef):
    """The APISIX route that is copied."""

    kind: Literal["ApisixRoute"]


class UpstreamRef(LocalRef):
    """The Gloo upstream whose settings are copied."""

    kind: Literal["Upstream"]
    namespace: Text = ""


class NamespacedRef(Part):
    """An object by name; without a namespace it is the canary's."""

    name: Text
    namespace: Text = ""

    def namespace_for(self, canary_namespace: str) -> str:
        """Where to look for it, seen from a canary of that namespace."""
        return self.namespace or canary_namespace
