"""Lint against the control loop itself, and against whatever may be written."""

import copy
import json
from collections import deque
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rehearsal.flagger.controller import Flags
from rehearsal.linting import BY_ID, RULES, Options, lint
from rehearsal.manifests import ManifestError, as_canary, parse_manifests
from rehearsal.simulated import Simulation
from tests.rehearsal.linting.examples import manifests

MOST_TICKS = 130
# What these say is that the run does not end, whatever the build is like.
NEVER_ENDS = {
    "step-of-zero",
    "steps-not-increasing",
    "mirror-never-ends",
    "provider-needs-field",
    "gateway-match-prefix",
    "promotion-step-negative",
    "delegation-with-hosts",
    "same-cookie",
}
PROVIDERS = ("istio", "gatewayapi:v1", "kubernetes", "traefik", "nginx", "contour", "appmesh")
WEIGHTS = st.sampled_from([-5, 0, 1, 5, 10, 30, 50, 100])


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    """A provider, the objects it needs or not, and a plan of any kind."""
    kind = draw(st.sampled_from(["stepWeight", "stepWeights", "iterations"]))
    analysis: dict[str, Any] = {"threshold": 2, "webhooks": [], "metrics": []}
    if kind == "stepWeights":
        analysis[kind] = draw(st.lists(WEIGHTS, min_size=1, max_size=4))
    else:
        analysis[kind] = draw(WEIGHTS if kind == "stepWeight" else st.integers(0, 5))
    if draw(st.booleans()):
        analysis["maxWeight"] = draw(WEIGHTS)
    if draw(st.booleans()):
        analysis["stepWeightPromotion"] = draw(WEIGHTS)
    analysis["mirror"] = draw(st.booleans())
    service: dict[str, Any] = {"port": 3000}
    if draw(st.booleans()):
        service["gatewayRefs"] = [{"name": "gateway"}]
    if draw(st.booleans()):
        service["meshName"] = "mesh"
    spec: dict[str, Any] = {"provider": draw(st.sampled_from(PROVIDERS)), "service": service}
    if draw(st.booleans()):
        spec["ingressRef"] = {"apiVersion": "v1", "kind": "Ingress", "name": "detail"}
    return spec | {"analysis": analysis}


def is_promoted(spec: dict[str, Any]) -> bool:
    """Whether a healthy build is promoted, by the control loop on a virtual clock."""
    canary = as_canary(manifests(json.dumps(spec)).canaries[0])
    simulation = Simulation(canary, flags=Flags())
    simulation.metrics.answers = {name: deque([100.0]) for name in simulation.metrics.answers}
    simulation.controller.sync()
    simulation.tick(3)
    simulation.new_revision()
    for _ in range(MOST_TICKS):
        simulation.tick()
        if simulation.status.phase == "Succeeded":
            return True
    return False


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example({"provider": "istio", "analysis": {"stepWeights": [10, 200], "threshold": 1}})
@example({"provider": "istio", "analysis": {"stepWeight": 50, "stepWeightPromotion": 100}})
@given(plans())
def test_what_never_ends_is_an_error_and_what_ends_is_not_said_to_run_for_ever(
    spec: dict[str, Any],
) -> None:
    findings = lint(manifests(json.dumps(spec)))
    never = {finding.rule for finding in findings} & NEVER_ENDS
    if is_promoted(spec):
        assert never - {"promotion-step-negative"} == set()
    else:
        assert any(finding.severity == "error" for finding in findings)


BASES = [
    [copy.deepcopy(dict(one.raw)) for one in manifests(text).objects]
    for rule in RULES
    for text in (rule.bad, rule.good)
]
VALUES: tuple[Any, ...] = (
    *(None, 0, 1, -1, 1e9, 1.5, True, "", "x", "1m", "1h", "a b", [], ["x"], {}, {"a": "b"}),
    *("http://[::1/x", "\x00", "é" * 50, "kubernetes", "nginx", "gatewayapi:v1", "{{ x"),
    *("hey -z 1m 'unclosed", "(a+)+$", "sum(" * 400, "{{" * 4000, "9" * 5000, "DaemonSet"),
)


def _places(value: Any, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items: Any = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    found = [here] if here else []
    return found + [place for key, item in items for place in _places(item, (*here, key))]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_nothing_that_may_be_written_is_a_traceback(data: st.DataObject) -> None:
    objects = copy.deepcopy(data.draw(st.sampled_from(BASES)))
    for _ in range(data.draw(st.integers(1, 2))):
        one = data.draw(st.sampled_from(objects))
        place = data.draw(st.sampled_from(_places(one)))
        holder: Any = one
        for key in place[:-1]:
            holder = holder[key]
        holder[place[-1]] = copy.deepcopy(data.draw(st.sampled_from(VALUES)))
    try:
        found = parse_manifests("\n---\n".join(map(json.dumps, objects)))
    except ManifestError:
        return
    for provider in ("istio", "kubernetes"):
        for finding in lint(found, Options(mesh_provider=provider)):
            assert "\n" not in str(finding)
            assert len(finding.text) < 1000
            assert finding.rule in BY_ID
