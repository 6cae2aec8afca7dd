"""Whatever stands in a field, it is planned or refused, and what is refused says where."""

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from commons.errors import Error
from rehearsal.applications import Applications
from rehearsal.applications.command import CommandApplication
from rehearsal.live import preparation as module
from rehearsal.live.preparation import Options, prepare
from rehearsal.manifests import parse_manifests

Place = tuple[str | int, ...]
OBJECTS: list[Any] = list(
    yaml.safe_load_all("""
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: shop, namespace: prod}
spec:
  provider: istio
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}
  autoscalerRef: {apiVersion: keda.sh/v1alpha1, kind: ScaledObject, name: shop}
  service: {port: 80, targetPort: http, apex: {annotations: {a: b}}}
  analysis:
    interval: 1m
    threshold: 3
    stepWeights: [10, 20]
    metrics: [{name: errors, templateRef: {name: errors}, thresholdRange: {max: 1}, interval: 1m}]
    webhooks: [{name: load, url: "http://tester.prod/", timeout: 5s, metadata: {cmd: "hey http://shop/"}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, namespace: prod}
spec:
  replicas: 2
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}, annotations: {prometheus.io/port: "9"}}
    spec:
      volumes: [{name: conf, configMap: {name: conf, items: [{key: a, path: b}]}}]
      containers:
      - name: shop
        image: shop:1
        args: [--port=8080]
        env: [{name: A, value: b}, {name: C, valueFrom: {configMapKeyRef: {name: conf, key: a}}}]
        ports: [{name: http, containerPort: 8080}]
        readinessProbe:
          httpGet: {path: /, port: http, httpHeaders: [{name: a, value: b}]}
          periodSeconds: 1
        livenessProbe: {exec: {command: [ls]}}
        volumeMounts: [{name: conf, mountPath: /conf}]
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: shop, namespace: prod}
spec: {scaleTargetRef: {name: shop}, minReplicaCount: 2}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: conf, namespace: prod}
data: {a: b}
---
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: {name: errors, namespace: prod}
spec: {provider: {type: prometheus, address: "http://prometheus:9090"}, query: "vector(1)"}
""")
)
APPLICATIONS = Applications(stable=CommandApplication("bash -c true"))


def places(value: Any, above: Place = ()) -> Iterator[Place]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        yield (*above, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*above, key))


def plan(objects: list[Any]) -> str:
    """What is refused; empty when it is planned."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    try:
        found = parse_manifests(yaml.dump_all(objects, Dumper=dumper), "a.yaml")
        prepare(found, [found.choose_canary()], Options(applications=APPLICATIONS))
    except Error as error:
        return str(error)
    return ""


@pytest.fixture(autouse=True)
def _an_envoy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_envoy", lambda path: path or Path("/envoy"))


def test_they_are_planned_as_they_are() -> None:
    assert plan(OBJECTS) == ""


@pytest.mark.parametrize("value", [None, -1], ids=repr)
@pytest.mark.parametrize("index", range(len(OBJECTS)), ids=[one["kind"] for one in OBJECTS])
def test_a_field_with_anything_in_it(index: int, value: Any) -> None:
    refusals = 0
    for place in places(OBJECTS[index]):
        changed = copy.deepcopy(OBJECTS)
        inside = changed[index]
        for key in place[:-1]:
            inside = inside[key]
        inside[place[-1]] = value
        for line in plan(changed).splitlines():
            refusals += 1
            assert re.match(r"a\.yaml(:\d+)?: ", line), (place, line)
    assert refusals
