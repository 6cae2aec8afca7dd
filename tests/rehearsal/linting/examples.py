"""Whole manifests made from the examples of rules."""

import copy
import json
from collections.abc import Mapping
from typing import Any

import yaml

from rehearsal.flagger.canary.yamltext import documents
from rehearsal.linting import Finding, Options, lint
from rehearsal.manifests import Manifests, parse_manifests

CANARY = """\
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: detail, namespace: flagger}
spec:
  provider: istio
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: detail}
  service: {port: 3000}
  analysis:
    interval: 1m
    threshold: 5
    stepWeight: 10
    metrics:
      - {name: request-success-rate, thresholdRange: {min: 99}, interval: 1m}
    webhooks:
      - name: acceptance-test
        type: pre-rollout
        url: http://flagger-loadtester.flagger/
        timeout: 30s
        metadata: {type: bash, cmd: "curl -sf http://detail-canary.flagger:3000/ping"}
      - name: load-test
        type: rollout
        url: http://flagger-loadtester.flagger/
        timeout: 5s
        metadata: {cmd: "hey -z 2m -q 5 -c 2 http://detail-canary.flagger:3000/"}
"""
PLANS = ("stepWeight", "stepWeights", "iterations")


def manifests(example: str, path: str = "a.yaml") -> Manifests:
    """A sound Canary with an example's fields put into its spec, and the example's objects."""
    fields, *objects = _parts(example)
    (base,) = documents(CANARY)
    canary = copy.deepcopy(base.value)
    (given,) = [one.value for one in documents(fields)] or [{}]
    _merge(canary["spec"], _with_nulls(fields) | given)
    plans = [key for key in PLANS if key in given.get("analysis", {})]
    for key in PLANS if plans else ():
        if key not in plans:
            canary["spec"]["analysis"].pop(key, None)
    text = "\n---\n".join([json.dumps(canary), *objects])
    return parse_manifests(text, path)


def _parts(example: str) -> list[str]:
    first, *rest = f"\n{example}".split("\n---\n")
    return [first, *rest]


def _with_nulls(fields: str) -> dict[str, Any]:
    """The fields that an example sets to null, which a reader drops."""
    value = yaml.safe_load(fields) or {}
    return {key: None for key, item in value.items() if item is None}


def _merge(into: dict[str, Any], given: Mapping[str, Any]) -> None:
    for key, value in given.items():
        if value is None:
            into.pop(key, None)
        elif isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def found(example: str, options: Options | None = None) -> list[Finding]:
    """What lint says of an example."""
    return list(lint(manifests(example), options))


def ids(example: str) -> list[str]:
    """The rules that an example breaks; what was not given is no matter."""
    return [one.rule for one in found(example) if one.rule != "not-given"]
