from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal.errors import UserError
from rehearsal.faults import Fault
from rehearsal.scenario import load_scenario, shipped_scenarios
from rehearsal.scenario.actions import ACTIONS, ONLY_BY_HAND
from rehearsal.scenario.loader import parse_scenario
from rehearsal.scenario.step import ApplyFile, Condition, Expectations, Response, Step
from rehearsal.world import TargetChange

PATH = Path("s.yaml")


def _step(text: str) -> Step:
    indented = "".join(f"    {line}\n" for line in text.strip().splitlines())
    return parse_scenario(f"steps:\n  - name: one\n{indented}", PATH).steps[0]


def _value(action: str) -> Any:
    return _step(f"actions: [{action}]").actions[0].value


@pytest.mark.parametrize("name", list(shipped_scenarios()))
def test_what_is_shipped_can_be_read(name: str) -> None:
    scenario = load_scenario(shipped_scenarios()[name])
    assert scenario.name == name
    assert scenario.description
    assert scenario.steps


def test_the_page_has_every_scenario_with_its_description() -> None:
    page = (Path(__file__).parents[3] / "docs" / "rehearsal.md").read_text()
    for name, path in shipped_scenarios().items():
        assert f"| `{name}` | {load_scenario(path).description} |" in page


def test_the_tutorial_has_its_four_steps() -> None:
    scenario = load_scenario(shipped_scenarios()["tutorial"])
    assert [step.name for step in scenario.steps] == [
        "bootstrap",
        "promotion",
        "rollback",
        "retry",
    ]
    load = scenario.steps[2].meanwhile[-1].value
    assert load == "hey -z 1m -c 5 -q 5 http://{canary-service}/catalogDetail"


@pytest.mark.parametrize(
    ("action", "value"),
    [
        ("deploy", True),
        ("{set: {image: '2'}}", TargetChange(image="2")),
        (
            "{set: {env: {A: b}, annotations: {c: d}, candidate: true}}",
            TargetChange(env={"A": "b"}, annotations={"c": "d"}, candidate=True),
        ),
        ("{apply: a.yaml}", ApplyFile(Path("a.yaml"))),
        ("{apply: {file: a.yaml, variables: {V: '1'}}}", ApplyFile(Path("a.yaml"), {"V": "1"})),
        ("{fault: 'errors=5%'}", Fault("abort", 5)),
        ("clear-faults", True),
        ("{gate: open}", "open"),
        ("{rollback-gate: closed}", "closed"),
        ("{exec: curl x}", "curl x"),
        ("{wait-for: promoted}", Condition(ending="promoted")),
        ("{wait-for: {weight: 5, phase: Progressing}}", Condition(weight=5, phase="Progressing")),
        ("{wait-for: {gate: g, event: e, iterations: 2}}",
         Condition(gate="g", event="e", iterations=2)),
        ("{wait: 1m30s}", 90.0),
        ("{suspend: true}", True),
        ("{edit: {analysis: {threshold: 3}}}", {"analysis": {"threshold": 3}}),
        ("{kill: canary}", "canary"),
        ("{speed: 2.5}", 2.5),
    ],
)  # fmt: skip
def test_actions(action: str, value: Any) -> None:
    assert _value(action) == value


@pytest.mark.parametrize("name", sorted(set(ACTIONS) - {"edit", "exec", "kill"}))
def test_the_value_of_every_action_is_checked(name: str) -> None:
    with pytest.raises(UserError, match=name):
        _value(f"{{{name}: [1]}}")


@pytest.mark.parametrize("name", sorted(ONLY_BY_HAND))
def test_a_scenario_does_not_do_what_only_a_person_ends(name: str) -> None:
    with pytest.raises(UserError, match="unknown field"):
        _value(f"{{{name}: true}}")


def test_expectations() -> None:
    text = """
expect:
  ending: promoted
  phase: Succeeded
  events: promoted
  image: ":2"
  response: {path: /x, contains: hello}
  weights: true
  most-failures: 3
  least-failures: 1
  delivered: false
patience: 7
title: it goes well
"""
    step = _step(text)
    assert step.expect == Expectations(
        ending="promoted",
        phase="Succeeded",
        events="promoted",
        image=":2",
        response=Response("/x", "hello"),
        weights=True,
        most_failures=3,
        least_failures=1,
        delivered=False,
    )
    assert (step.patience, step.title) == (7, "it goes well")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must be one YAML document, not 0"),
        ("a: 1\n---\nb: 2\n", "must be one YAML document, not 2"),
        ("steps: [", "is not YAML"),
        ("- a\n", "s.yaml:1: must be an object"),
        ("name: x\n", "steps: must be a list"),
        ("steps: []\n", "s.yaml:1: steps: at least one step"),
        ("stepps: []\n", 'stepps: unknown field; did you mean "steps"?'),
        ("steps:\n  - title: x\n", "s.yaml:2: steps[0]: name: is required"),
        ("steps:\n  - name: 5\n", "s.yaml:2: steps[0].name: must be a string"),
        ("steps:\n  - {name: a, patience: -1}\n", "steps[0].patience: must be a whole number"),
        ("steps:\n  - {name: a, patience: yes}\n", "patience: must be a whole number"),
        (
            "steps:\n  - name: a\n    actions:\n      - {fly: true}\n",
            "s.yaml:4: steps[0].actions[0].fly: unknown field",
        ),
        ("steps:\n  - {name: a, actions: [{exec: a, kill: b}]}\n", "needs exactly one of"),
        ("steps:\n  - {name: a, actions: [{fault: 'errors=x'}]}\n", "is not a share"),
        ("steps:\n  - {name: a, actions: [{wait: soon}]}\n", 'invalid duration "soon"'),
        ("steps:\n  - {name: a, actions: [{gate: ajar}]}\n", "must be one of open, closed"),
        ("steps:\n  - {name: a, actions: [{set: {}}]}\n", "needs one of image, env"),
        ("steps:\n  - {name: a, actions: [{set: {image: 2.0}}]}\n", "put it in quotes"),
        ("steps:\n  - {name: a, actions: [{edit: 5}]}\n", "must be an object"),
        ("steps:\n  - {name: a, actions: [{apply: {variables: {}}}]}\n", "file: is required"),
        ("steps:\n  - {name: a, until: done}\n", "must be one of initialized, promoted"),
        ("steps:\n  - {name: a, until: {phase: Done}}\n", "must be one of Initializing"),
        ("steps:\n  - {name: a, until: {}}\n", "needs one of ending"),
        ("steps:\n  - {name: a, expect: {events: finished}}\n", "must be one of initialized"),
        ("steps:\n  - {name: a, expect: {weights: 1}}\n", "must be true or false"),
        ("steps:\n  - {name: a, expect: {most-failures: few}}\n", "must be a whole number"),
        ("steps: [[[[[[[{}]]]]]]]\n", "must be an object"),
        ("steps:\n" + "  - {name: a}\n" * 201, "more than 200 steps"),
    ],
)
def test_what_is_wrong_is_one_line_with_its_place(text: str, said: str) -> None:
    with pytest.raises(UserError) as raised:
        parse_scenario(text, PATH)
    assert said in str(raised.value)
    assert str(raised.value).startswith("s.yaml")
    assert len(str(raised.value).splitlines()) == 1


def test_a_file_that_cannot_be_read_or_is_too_large(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        load_scenario(tmp_path / "absent.yaml")
    large = tmp_path / "large.yaml"
    large.write_text("# " + "x" * 1_000_001)
    with pytest.raises(UserError, match="larger than"):
        load_scenario(large)


@given(st.text(max_size=300))
@settings(max_examples=200)
def test_no_text_is_more_than_a_user_error(text: str) -> None:
    try:
        parse_scenario(text, PATH)
    except UserError:
        return
