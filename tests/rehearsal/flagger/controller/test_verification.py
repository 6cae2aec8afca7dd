"""What Flagger never schedules."""

from typing import Any

import pytest

from rehearsal.flagger.controller.errors import VerificationError
from rehearsal.flagger.controller.flags import Flags
from rehearsal.simulated.simulation import Simulation
from tests.rehearsal.specs import canary

KNATIVE = {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": "detail"}
HPA = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "name": "detail"}
ELSEWHERE = {"name": "x", "namespace": "ops"}


@pytest.mark.parametrize(
    ("spec", "analysis", "text"),
    [
        (
            {},
            {"sessionAffinity": {"cookieName": "c", "primaryCookieName": "c"}},
            "can't use the same cookie name for both primary and cookie name",
        ),
        (
            {"provider": "istio", "targetRef": KNATIVE},
            {},
            "can't use istio provider with Knative Service as target",
        ),
        (
            {"provider": "knative"},
            {},
            "can't use apps/v1/Deployment as target if provider is set to knative",
        ),
        (
            {"provider": "knative", "targetRef": KNATIVE, "autoscalerRef": HPA},
            {},
            "can't use autoscaler with Knative Service",
        ),
        (
            {},
            {"metrics": [{"name": "m", "templateRef": ELSEWHERE}]},
            "can't access metric template x.ops, cross-namespace references are blocked",
        ),
        (
            {},
            {"alerts": [{"name": "a", "providerRef": ELSEWHERE}]},
            "can't access alert provider x.ops, cross-namespace references are blocked",
        ),
        (
            {"upstreamRef": {"apiVersion": "gloo", "kind": "Upstream", **ELSEWHERE}},
            {},
            "can't access gloo upstream x.ops, cross-namespace references are blocked",
        ),
    ],
)
def test_refused(spec: dict[str, Any], analysis: dict[str, Any], text: str) -> None:
    simulation = Simulation(canary(spec, **analysis), flags=Flags(no_cross_namespace_refs=True))
    with pytest.raises(VerificationError) as caught:
        simulation.controller.sync()
    assert str(caught.value).startswith(f"invalid canary spec: {text}")
    assert simulation.events.lines == []


def test_references_elsewhere_are_allowed_by_default() -> None:
    Simulation(canary(metrics=[{"name": "m", "templateRef": ELSEWHERE}])).controller.sync()
