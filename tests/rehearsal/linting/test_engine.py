"""Comments that switch rules off, several Canaries, and what is said of them."""

import pytest

from rehearsal.linting import Options, lint
from rehearsal.manifests import parse_manifests
from tests.rehearsal.linting.examples import CANARY

ODD = CANARY.replace("stepWeight: 10", "stepWeight: 20\n    maxWeight: 50")


def found(text: str, *disabled: str, **options: str) -> list[str]:
    """`line rule` of every finding."""
    findings = lint(parse_manifests(text, "a.yaml"), Options(**options), disabled)  # type: ignore[arg-type]
    return [f"{one.location.line} {one.rule}" for one in findings if one.rule != "not-given"]


def test_a_finding_reads_as_one_line() -> None:
    (finding,) = [one for one in lint(parse_manifests(ODD, "a.yaml")) if one.severity != "info"]
    assert str(finding) == (
        "a.yaml:12:5: warning: spec.analysis.maxWeight: is not a multiple of stepWeight: the last"
        " weight will be 60 [max-weight-overshoot]"
    )
    assert finding.about == "Canary detail.flagger"


@pytest.mark.parametrize(
    "comment",
    [
        ("    maxWeight: 50", "    maxWeight: 50 # rehearse: ignore max-weight-overshoot"),
        ("    maxWeight", "    # rehearse: ignore max-weight-overshoot: 60 is fine\n    maxWeight"),
        ("  analysis:", "  # rehearse: ignore max-weight-overshoot\n  # why\n\n  analysis:"),
        ("apiVersion", "# rehearse: ignore step-of-zero, max-weight-overshoot\napiVersion"),
        (
            "    maxWeight: 50",
            "    maxWeight: 50 # all right # rehearse: ignore max-weight-overshoot",
        ),
    ],
)
def test_a_comment_ignores_a_rule_for_its_field_and_what_is_in_it(
    comment: tuple[str, str],
) -> None:
    assert comment[0] in ODD
    ignored = ODD.replace(*comment, 1)
    assert [one for one in found(ignored) if "max-weight" in one] == []


@pytest.mark.parametrize(
    "comment",
    [
        ("    threshold: 5", "    threshold: 5 # rehearse: ignore max-weight-overshoot"),
        ("    maxWeight: 50", "    maxWeight: 50 # rehearse: ignore step-of-zero"),
        ("    maxWeight: 50", "    maxWeight: 50 # rehearse:ignored max-weight-overshoot"),
        ("    maxWeight: 50", "    maxWeight: 50 #rehearse: ignore max-weight-overshoot"),
    ],
)
def test_other_comments_do_not(comment: tuple[str, str]) -> None:
    assert "12 max-weight-overshoot" in found(ODD.replace(*comment, 1))


def test_comments_that_ignore_nothing_are_said() -> None:
    text = CANARY.replace(
        "apiVersion", "# rehearse: ignore step-of-zer, step-of-zero\napiVersion", 1
    )
    assert found(text) == ["1 ignore-unknown", "1 ignore-unused"]
    (unknown, _) = [one for one in lint(parse_manifests(text)) if one.about == "comment"]
    assert unknown.text == 'there is no rule "step-of-zer"; did you mean "step-of-zero"?'
    assert found(text, "step-of-zero", "ignore-unknown") == []


def test_rules_can_be_disabled() -> None:
    assert found(ODD) == ["12 max-weight-overshoot"]
    assert found(ODD, "max-weight-overshoot") == []


def test_every_canary_of_every_document_is_linted() -> None:
    text = ODD + "---\n" + ODD.replace("name: detail, namespace", "name: other, namespace", 1)
    lines = [one for one in found(text) if "overshoot" in one]
    assert lines == ["12 max-weight-overshoot", "38 max-weight-overshoot"]


def test_a_canary_without_a_provider_has_that_of_the_flag() -> None:
    text = CANARY.replace("  provider: istio\n", "")
    assert found(text) == ["4 provider-not-written"]
    assert "10 weights-on-kubernetes" in found(text, mesh_provider="kubernetes")
