"""Every rule on its own examples."""

import pytest

from rehearsal.linting import RULES, Rule
from tests.rehearsal.linting.examples import found, ids

CHECKED = [one for one in RULES if not one.id.startswith(("ignore-", "odds-"))]
# What breaks one of these can hardly help breaking the other.
TOGETHER = {
    "appmesh-v1beta1": {"appmesh-ended"},
    "promotion-step-negative": {"weight-out-of-range"},
}


def serious(example: str) -> set[str]:
    """The rules that an example breaks, without mere notes."""
    return {one.rule for one in found(example) if one.severity != "info"}


def test_a_sound_canary_has_no_findings() -> None:
    assert ids("{}") == []


@pytest.mark.parametrize("rule", CHECKED, ids=lambda rule: rule.id)
def test_the_bad_example_breaks_its_rule_and_no_other(rule: Rule) -> None:
    assert rule.id in {one.rule for one in found(rule.bad)}
    assert serious(rule.bad) - {rule.id} == TOGETHER.get(rule.id, set())


@pytest.mark.parametrize("rule", CHECKED, ids=lambda rule: rule.id)
def test_the_good_example_breaks_none(rule: Rule) -> None:
    assert serious(rule.good) == set()
    assert rule.id not in {one.rule for one in found(rule.good)}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_all_that_a_reader_needs(rule: Rule) -> None:
    assert rule.id == rule.id.lower()
    assert rule.reason.endswith(".")
    assert rule.remedy.endswith(".")
    assert rule.sources
    assert len(rule.reason) > 40


def test_ids_are_unique() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)


@pytest.mark.parametrize(
    ("annotation", "is_found"),
    [
        ('kustomize.toolkit.fluxcd.io/ssa: "IfNotPresent"', False),
        ('kustomize.toolkit.fluxcd.io/reconcile: "disabled"', False),
        ('kustomize.toolkit.fluxcd.io/ssa: "Merge"', True),
        ('kustomize.toolkit.fluxcd.io/prune: "disabled"', True),
    ],
)
def test_a_service_that_flux_leaves_alone_may_stay(annotation: str, is_found: bool) -> None:
    service = f"""\
---
apiVersion: v1
kind: Service
metadata: {{name: detail, namespace: flagger, annotations: {{{annotation}}}}}
spec: {{selector: {{app: detail}}, ports: [{{port: 3000}}]}}
"""
    assert ("service-by-hand" in ids(service)) is is_found


@pytest.mark.parametrize(
    ("name", "threshold", "is_found"),
    [
        ("success-rate", 99, True),
        ("availability", 0.99, True),
        ("checkout", 95, True),
        ("error-rate", 99, False),
        ("latency", 95, False),
        ("checkout", 5, False),
        ("checkout", 500, False),
    ],
)
def test_a_maximum_that_looks_like_a_minimum(name: str, threshold: float, is_found: bool) -> None:
    metric = f"{{name: {name}, threshold: {threshold}, templateRef: {{name: own}}}}"
    assert ("threshold-beside-query" in ids(f"analysis: {{metrics: [{metric}]}}")) is is_found
