"""Our rules against Flagger's own CRD: they accept and refuse alike.

One difference is by design: a fraction in a Go `int` is taken by the CRD and refused here, apart
from everything else (`UndecodableError`).
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from rehearsal.flagger.canary.base import Part
from rehearsal.flagger.canary.errors import InvalidError, UndecodableError
from rehearsal.flagger.canary.model import CanarySpec
from rehearsal.flagger.canary.parse import parse
from rehearsal.flagger.canary.problems import undecodable_only
from rehearsal.flagger.canary.resources import AlertProviderSpec, MetricTemplateSpec
from tests.data import FLAGGER_CRD, TUTORIAL_MANIFESTS

TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "detail"}
ANALYSIS = {"interval": "1m", "threshold": 1, "stepWeight": 5}

FULL: dict[str, Any] = {
    "provider": "gatewayapi:v1",
    "metricsServer": "http://prometheus:9090",
    "progressDeadlineSeconds": 60,
    "targetRef": TARGET,
    "autoscalerRef": {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "name": "detail",
        "primaryScalerQueries": {"a": "b"},
        "primaryScalerReplicas": {"minReplicas": 1, "maxReplicas": 4},
    },
    "ingressRef": {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": "i"},
    "routeRef": {"apiVersion": "apisix.apache.org/v2", "kind": "ApisixRoute", "name": "r"},
    "upstreamRef": {"apiVersion": "gloo.solo.io/v1", "kind": "Upstream", "name": "u"},
    "service": {
        "port": 3000,
        "name": "detail",
        "portName": "http",
        "targetPort": "http",
        "appProtocol": "http",
        "trafficDistribution": "PreferClose",
        "portDiscovery": True,
        "headless": False,
        "timeout": "15s",
        "meshName": "m",
        "backends": ["b"],
        "hosts": ["h"],
        "gateways": ["mesh"],
        "delegation": False,
        "match": [{"uri": {"prefix": "/"}, "headers": {"x": {"exact": "y"}}, "port": 80}],
        "retries": {"attempts": 1, "perTryTimeout": "5s", "retryOn": "gateway-error"},
        "rewrite": {"uri": "/", "authority": "a", "type": "ReplaceFullPath"},
        "mirror": [{"backendRef": {"name": "b", "port": 80}}],
        "headers": {"request": {"add": {"a": "b"}, "remove": ["c"]}},
        "gatewayRefs": [
            {
                "name": "g",
                "namespace": "gw",
                "group": "gateway.networking.k8s.io",
                "kind": "Gateway",
                "sectionName": "http",
                "port": 80,
            }
        ],
        "corsPolicy": {
            "allowOrigin": ["a"],
            "allowOrigins": [{"exact": "a"}],
            "allowMethods": ["GET"],
            "allowHeaders": ["x"],
            "exposeHeaders": ["y"],
            "maxAge": "24h",
            "allowCredentials": False,
        },
        "trafficPolicy": {
            "loadBalancer": {
                "consistentHash": {
                    "httpCookie": {"name": "c", "path": "/", "ttl": "1s"},
                    "minimumRingSize": 8,
                },
                "localityLbSetting": {
                    "enabled": True,
                    "distribute": [{"from": "a", "to": {"b": 100}}],
                    "failover": [{"from": "a", "to": "b"}],
                },
                "warmupDurationSecs": "10s",
            },
            "connectionPool": {
                "http": {
                    "h2UpgradePolicy": "DEFAULT",
                    "http1MaxPendingRequests": 1,
                    "http2MaxRequests": 1,
                    "idleTimeout": "1s",
                    "maxRequestsPerConnection": 1,
                    "maxRetries": 1,
                }
            },
            "outlierDetection": {
                "baseEjectionTime": "1s",
                "consecutive5xxErrors": 1,
                "consecutiveErrors": 1,
                "consecutiveGatewayErrors": 1,
                "consecutiveLocalOriginFailures": 1,
                "interval": "1s",
                "maxEjectionPercent": 1,
                "minHealthPercent": 1,
                "splitExternalLocalOriginErrors": True,
            },
            "tls": {
                "mode": "SIMPLE",
                "caCertificates": "a",
                "clientCertificate": "b",
                "privateKey": "c",
                "sni": "d",
                "subjectAltNames": ["e"],
            },
        },
        "apex": {"labels": {"a": "b"}, "annotations": {"c": "d"}},
        "unmanagedMetadata": {"annotations": ["a"], "labels": ["b"]},
    },
    "skipAnalysis": False,
    "revertOnDeletion": False,
    "suspend": False,
    "analysis": {
        **ANALYSIS,
        "maxWeight": 50,
        "stepWeightPromotion": 10,
        "mirror": True,
        "mirrorWeight": 50,
        "primaryReadyThreshold": 100,
        "canaryReadyThreshold": 100,
        "match": [
            {
                "headers": {"x": {"exact": "y"}},
                "queryParams": {"q": {"regex": "a.*"}},
                "sourceLabels": {"a": "b"},
            }
        ],
        "metrics": [
            {
                "name": "m",
                "interval": "1m",
                "threshold": 1,
                "thresholdRange": {"min": 1, "max": 2.5},
                "query": "up",
                "templateRef": {"name": "t", "namespace": "n"},
                "templateVariables": {"a": "b"},
            }
        ],
        "alerts": [
            {"name": "a", "severity": "info", "providerRef": {"name": "p", "namespace": "n"}}
        ],
        "webhooks": [
            {
                "name": "w",
                "type": "rollout",
                "muteAlert": False,
                "url": "http://h/",
                "timeout": "5s",
                "retries": 1,
                "disableTLS": False,
                "metadata": {"cmd": "hey"},
            }
        ],
        "sessionAffinity": {
            "cookieName": "c",
            "primaryCookieName": "p",
            "domain": "d",
            "httpOnly": True,
            "maxAge": 60,
            "partitioned": False,
            "path": "/",
            "sameSite": "Strict",
            "secure": True,
        },
    },
}
TEMPLATE: dict[str, Any] = {
    "provider": {
        "type": "prometheus",
        "address": "http://p",
        "headers": {"a": ["b"]},
        "secretRef": {"name": "s"},
        "region": "eu",
        "insecureSkipVerify": False,
    },
    "query": "up",
}
ALERT: dict[str, Any] = {"type": "slack", "address": "http://a", "channel": "c", "username": "u"}
MODELS: dict[str, type[Part]] = {
    "Canary": CanarySpec,
    "MetricTemplate": MetricTemplateSpec,
    "AlertProvider": AlertProviderSpec,
}
VALID = {"Canary": FULL, "MetricTemplate": TEMPLATE, "AlertProvider": ALERT}


@cache
def validator(kind: str) -> jsonschema.Draft202012Validator:
    """The CRD's schema of a spec."""
    for crd in yaml.safe_load_all(FLAGGER_CRD.read_text()):
        if crd and crd["spec"]["names"]["kind"] == kind:
            schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
            spec = copy.deepcopy(schema["properties"]["spec"])
            port = spec["properties"].get("service", {}).get("properties", {}).get("targetPort")
            if port:
                port["type"] = ["integer", "string"]
            return jsonschema.Draft202012Validator(spec)
    raise AssertionError(kind)


def crd_accepts(kind: str, spec: Any) -> bool:
    """What the API server says; it prunes nulls in objects first."""
    return validator(kind).is_valid(_pruned(spec)) and _backends_have_ports(spec)


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _pruned(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_pruned(item) for item in value]
    return value


def _backends_have_ports(spec: Any) -> bool:
    """The CRD's one CEL rule, which JSON schema cannot say."""
    service = spec.get("service") if isinstance(spec, dict) else None
    mirrors = service.get("mirror") if isinstance(service, dict) else None
    for mirror in mirrors if isinstance(mirrors, list) else ():
        backend = mirror.get("backendRef") if isinstance(mirror, dict) else None
        if isinstance(backend, dict) and backend.get("port") is None:
            group, kind = backend.get("group", ""), backend.get("kind", "Service")
            if (group or "") == "" and (kind or "Service") == "Service":
                return False
    return True


def we_accept(kind: str, spec: Any) -> bool:
    """What we say; a value that only Flagger cannot decode counts as accepted by the server."""
    canary = {"targetRef": TARGET, "analysis": ANALYSIS}
    documents = [_object("Canary", canary)] if kind != "Canary" else []
    documents.append(_object(kind, spec))
    try:
        parse("\n---\n".join(map(json.dumps, documents)), "c.yaml")
    except UndecodableError:
        return True
    except InvalidError:
        return False
    return True


def model_accepts(kind: str, spec: Any) -> bool:
    """The same without the way through YAML, which takes most of the time."""
    try:
        MODELS[kind].model_validate(_pruned(spec))
    except ValidationError as error:
        return undecodable_only(error)
    return True


def _object(kind: str, spec: Any) -> dict[str, Any]:
    metadata = {"name": "detail", "namespace": "flagger"}
    version = "flagger.app/v1beta1"
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}


Place = tuple[str | int, ...]


def places(value: Any, here: Place = ()) -> Iterator[Place]:
    """Every field of a document."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        yield (*here, key)
        yield from places(item, (*here, key))


def changed(spec: dict[str, Any], place: Place, value: Any) -> dict[str, Any]:
    """The document with one field replaced; `...` removes it."""
    made = copy.deepcopy(spec)
    holder: Any = made
    for key in place[:-1]:
        holder = holder[key]
    if value is ...:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    return made


VALUES: tuple[Any, ...] = (
    ...,
    None,
    "",
    "x",
    "1m",
    "10ms",
    "1h",
    "1.5m",
    ".5s",
    "1minute",
    "info",
    "Strict",
    0,
    1,
    -1,
    70000,
    True,
    [],
    ["x"],
    [None],
    {},
    {"a": "b"},
    {"a": 1},
    {"exact": "a", "prefix": "b"},
    {"regex": "a"},
    {"simple": "RANDOM"},
    {"simple": "RANDOM", "consistentHash": {"useSourceIp": True}},
    {"simple": "RANDOM", "consistentHash": {}},
    {"consistentHash": {"useSourceIp": True, "httpHeaderName": "x"}},
    {"httpHeaderName": "x"},
)
CASES = [(kind, place) for kind, spec in VALID.items() for place in places(spec)]


@pytest.mark.parametrize("kind", VALID)
def test_full_examples_are_accepted(kind: str) -> None:
    assert crd_accepts(kind, VALID[kind])
    assert we_accept(kind, VALID[kind])


@pytest.mark.no_cover
@pytest.mark.parametrize(("kind", "place"), CASES, ids=lambda case: str(case))
def test_every_field_with_every_odd_value(kind: str, place: Place) -> None:
    differences = [
        value
        for value in VALUES
        if crd_accepts(kind, spec := changed(VALID[kind], place, value))
        is not model_accepts(kind, spec)
    ]
    assert differences == []


PLANS: tuple[dict[str, Any], ...] = ({"iterations": 1}, {"stepWeight": 0}, {"stepWeights": [1]})


@pytest.mark.parametrize("keys", range(8))
@pytest.mark.parametrize("missing", ["", "interval", "threshold"])
def test_plans(keys: int, missing: str) -> None:
    analysis: dict[str, Any] = {"interval": "1m", "threshold": 1}
    analysis.pop(missing, None)
    for bit, plan in enumerate(PLANS):
        if keys & 1 << bit:
            analysis |= plan
    spec = {"targetRef": TARGET, "analysis": analysis}
    accepted = keys in (1, 2, 4) and not missing
    assert crd_accepts("Canary", spec) is accepted
    assert we_accept("Canary", spec) is accepted


@pytest.mark.parametrize("given_", ["address", "secretRef", "both", "neither"])
def test_alert_destinations(given_: str) -> None:
    spec: dict[str, Any] = {"type": "slack"}
    if given_ in ("address", "both"):
        spec["address"] = "http://a"
    if given_ in ("secretRef", "both"):
        spec["secretRef"] = {"name": "s"}
    accepted = given_ in ("address", "secretRef")
    assert crd_accepts("AlertProvider", spec) is accepted
    assert we_accept("AlertProvider", spec) is accepted


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_several_odd_values_at_once(data: st.DataObject) -> None:
    spec = FULL
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(sorted(places(spec), key=str)))
        spec = changed(spec, place, data.draw(st.sampled_from(VALUES)))
    assert crd_accepts("Canary", spec) is we_accept("Canary", spec)


def test_the_tutorials_canary_is_accepted() -> None:
    file = TUTORIAL_MANIFESTS / "flagger-canary.yaml"
    (canary,) = parse(file.read_text(), file).canaries
    assert canary.spec.analysis.weight_limit == 15


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("analysis", "threshold"), 1.5),
        (("analysis", "stepWeight"), 0.5),
        (("service", "port"), 80.5),
        (("progressDeadlineSeconds",), 0.1),
    ],
)
def test_fractions_in_whole_numbers(place: Place, value: float) -> None:
    spec = changed(FULL, place, value)
    assert crd_accepts("Canary", spec)
    with pytest.raises(UndecodableError):
        parse(json.dumps(_object("Canary", spec)))
