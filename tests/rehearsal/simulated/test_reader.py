"""Scenario files: what is read, and what is refused with file, line and field."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from rehearsal.simulated import Scenario, ScenarioError, play
from rehearsal.simulated.changes import MOST_TICKS
from tests.rehearsal.simulated.scenarios import canary

GOOD = """\
canary:
  metadata: {name: detail, namespace: flagger}
  spec:
    targetRef: {apiVersion: apps/v1, kind: Deployment, name: detail}
    service: {port: 3000}
    analysis:
      interval: 1m
      threshold: 2
      stepWeight: 10
      metrics:
        - {name: request-success-rate, thresholdRange: {min: 99}}
      webhooks:
        - {name: gate, type: confirm-rollout, url: "http://gate/"}
ticks: 5
world:
"""


def test_everything_that_can_be_set() -> None:
    scenario = Scenario.parse(
        GOOD
        + """\
  - at: 0
    revision: "v1"
    configs: {detail-config: "1"}
    ready:
      primary: true
      canary: {ready: false, updated: 0, replicas: 2, deadline_exceeded: false}
    metrics: {request-success-rate: 100}
    hooks: {gate: 200}
    prometheus: up
    spec: {suspend: true}
  - at: 1
    metrics: {request-success-rate: null}
    hooks: {gate: {status: 400, body: "x"}}
  - at: 2
    metrics: {request-success-rate: {error: "text"}}
    hooks: {gate: timeout}
  - at: 3
    hooks: {gate: refused}
    prometheus: down
"""
    )
    assert [change.at for change in scenario.world] == [0, 1, 2, 3]
    assert scenario.world[1].metrics == {"request-success-rate": None}
    assert scenario.world[0].spec is not None
    assert scenario.world[0].spec.suspend
    assert scenario.notes == ()
    assert len(play(scenario).ticks) == 5


def test_nothing_has_to_change() -> None:
    assert Scenario.parse(GOOD).world == ()
    assert len(play(Scenario.parse(GOOD.replace("world:\n", ""))).ticks) == 5


FIELDS: list[tuple[str, str]] = [
    ("metricz: {}", '.metricz: unknown field; did you mean "metrics"?'),
    ("at: 1", 'is not YAML: key "at" is already set above'),
    ("revision: 1", ".revision: must be a string, not 1; put it in quotes"),
    ("revision:", ".revision: must not be null; leave it out to change nothing"),
    ("revision: [a]", ".revision: must be a string, not a list"),
    ("configs: [a]", ".configs: must be an object of names and values, not a list"),
    ("configs: {a: 1}", ".configs.a: must be a string, not 1; put it in quotes"),
    ("ready: true", ".ready: must be an object with primary, canary, not true"),
    ("ready: {cannary: true}", '.ready.cannary: unknown field; did you mean "canary"?'),
    ("ready: {canary: almost}", ".ready.canary: must be true, false or an object with ready, upd"),
    (
        "ready: {canary: null}",
        ".ready.canary: must be true, false or an object with ready, updated",
    ),
    ("ready: {canary: {redy: true}}", '.ready.canary.redy: unknown field; did you mean "ready"?'),
    ("ready: {canary: {ready: 1}}", ".ready.canary.ready: must be true or false, not 1"),
    ("ready: {canary: {updated: -1}}", ".ready.canary.updated: must be a whole number from 0 to"),
    ("ready: {canary: {replicas: two}}", ".ready.canary.replicas: must be a whole number from 0"),
    ("metrics: 5", ".metrics: must be an object of names and values, not 5"),
    ("metrics: {x: high}", ".metrics.x: must be a number, null for no values, or an object with"),
    ("metrics: {x: true}", ".metrics.x: must be a number, null for no values, or an object with"),
    ("metrics: {x: {eror: a}}", '.metrics.x.eror: unknown field; did you mean "error"?'),
    ("metrics: {x: {error: 5}}", ".metrics.x.error: must be a string, not 5; put it in quotes"),
    ("metrics: {x: {}}", ".metrics.x.error: is required"),
    ("hooks: {gate: 99}", ".hooks.gate: must be a whole number from 100 to 599, not 99"),
    ("hooks: {gate: 600}", ".hooks.gate: must be a whole number from 100 to 599, not 600"),
    ("hooks: {gate: open}", ".hooks.gate: must be a status, an object with status and body, time"),
    ("hooks: {gate: true}", ".hooks.gate: must be a status, an object with status and body, time"),
    (
        "hooks: {gate: null}",
        ".hooks.gate: must be a status, an object with status and body, timeout or",
    ),
    ("hooks: {gate: {body: x}}", ".hooks.gate.status: is required"),
    ("hooks: {gate: {status: 400, body: 5}}", ".hooks.gate.body: must be a string, not 5"),
    ("prometheus: off", ".prometheus: must be up or down"),
    ("prometheus: sideways", ".prometheus: must be up or down"),
    ("prometheus: [up]", ".prometheus: must be up or down"),
    ("spec: suspended", '.spec: must be an object of names and values, not "suspended"'),
    ("spec: {suspend: 1}", ".spec.suspend: must be true or false"),
    (
        "spec: {analysis: {iterations: 5}}",
        ".spec.analysis: has iterations and stepWeight; keep one of them",
    ),
    (
        "spec: {targetRef: {name: other}}",
        ".spec.targetRef: cannot change: a scenario has one target",
    ),
]


@pytest.mark.parametrize(("field", "text"), FIELDS, ids=[field for field, _ in FIELDS])
def test_a_malformed_change(field: str, text: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        Scenario.parse(f"{GOOD}  - at: 0\n    {field}\n", "s.yaml")
    where = "s.yaml:17: world[0]" if text.startswith(".") else "s.yaml:17: "
    assert str(refused.value).startswith(where + text)
    assert "\n" not in str(refused.value)


CHANGES: list[tuple[str, str]] = [
    ("- revision: v1", "world[0].at: is required"),
    ("- at: -1", "world[0].at: must be a whole number from 0 to 4, not -1"),
    ("- at: 5", "world[0].at: must be a whole number from 0 to 4, not 5"),
    ("- at: soon", 'world[0].at: must be a whole number from 0 to 4, not "soon"'),
    ("- at: 1.5", "world[0].at: must be a whole number from 0 to 4, not 1.5"),
    ("- at: true", "world[0].at: must be a whole number from 0 to 4, not true"),
    ("- at:", "world[0].at: must be a whole number from 0 to 4, not null"),
    ("- 3", "world[0]: must be an object with at, revision, configs, ready, metrics, hooks, prom"),
    ("-", "world[0]: must be an object with at, revision, configs, ready, metrics, hooks, prom"),
]


@pytest.mark.parametrize(("item", "text"), CHANGES, ids=[item for item, _ in CHANGES])
def test_what_is_no_change(item: str, text: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        Scenario.parse(f"{GOOD}  {item}\n", "s.yaml")
    assert str(refused.value).startswith(f"s.yaml:16: {text}")


TOP: list[tuple[str, str, str]] = [
    ("ticks: 5", "tick: 5", '14: tick: unknown field; did you mean "ticks"?'),
    ("ticks: 5\n", "", "1: ticks: is required"),
    ("ticks: 5", "ticks:", "14: ticks: is required"),
    ("ticks: 5", "ticks: 0", f"14: ticks: must be a whole number from 1 to {MOST_TICKS}, not 0"),
    ("ticks: 5", "ticks: 10001", f"14: ticks: must be a whole number from 1 to {MOST_TICKS}, not"),
    ("ticks: 5", "ticks: '5'", '14: ticks: must be a whole number from 1 to 10000, not "5"'),
    ("ticks: 5", "ticks: five", "14: ticks: must be a whole number"),
    ("canary:\n", "canari:\n", '1: canari: unknown field; did you mean "canary"?'),
    ("  metadata: {name: detail, namespace: flagger}\n", "", "1: canary.metadata: is required"),
    ("name: detail, namespace", "namespace", "2: canary.metadata.name: is required"),
    ("name: detail, namespace", "name: 5, namespace", "2: canary.metadata.name: must be a string"),
    ("      threshold: 2\n", "", "6: canary.spec.analysis.threshold: is required"),
    ("name: detail, namespace", "name: De_tail, namespace", "2: canary.metadata.name: "),
    ("namespace: flagger", "namespace: a.b", "2: canary.metadata.namespace: "),
    ("interval: 1m", "interval: 1h", "7: canary.spec.analysis.interval: must begin with whole"),
    ("stepWeight: 10", "stepWeight: ten", "9: canary.spec.analysis.stepWeight: must be a number"),
    ("  spec:\n", "  spek:\n", '3: canary.spek: unknown field; did you mean "spec"?'),
    ("  metadata: ", "  kind: Canari\n  metadata: ", "2: canary.kind: must be Canary"),
    ("world:\n", "world: {at: 0}\n", "15: world: must be a list of changes"),
    ("world:\n", "world: soon\n", "15: world: must be a list of changes"),
    (GOOD, "", "s.yaml: is empty"),
    (GOOD, "- 1", "s.yaml:1: must be an object with canary, ticks, world, replicas, not a list"),
    (GOOD, "hello", 's.yaml:1: must be an object with canary, ticks, world, replicas, not "hello"'),
    (GOOD, f"{GOOD}---\n{GOOD}", "s.yaml: has 2 documents; keep one"),
    (GOOD, "a: [", "is not YAML"),
    (GOOD, "canary: [1]\nticks: 1", "1: canary: must be a Canary object or the path of its file"),
    (GOOD, "canary: 5\nticks: 1", "1: canary: must be a Canary object or the path of its file"),
    (GOOD, "canary: none.yaml\nticks: 1", "none.yaml: cannot be read: no such file or directory"),
    (GOOD, "canary: {path: 5}\nticks: 1", "1: canary.path: must be a string, not 5"),
    (
        GOOD,
        "canary: {path: a, nam: b}\nticks: 1",
        '1: canary.nam: unknown field; did you mean "name"?',
    ),
]


@pytest.mark.parametrize(("old", "new", "text"), TOP, ids=[text for *_, text in TOP])
def test_a_malformed_scenario(old: str, new: str, text: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        Scenario.parse(GOOD.replace(old, new), "s.yaml")
    assert text in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_first_of_several_problems_is_told_and_the_others_counted() -> None:
    with pytest.raises(ScenarioError, match=r"s.yaml:17: world\[0\].revision: .* \(and 2 more\)$"):
        Scenario.parse(
            f"{GOOD}  - at: 0\n    revision: 1\n    hooks: 5\n    metrics: 5\n", "s.yaml"
        )


@pytest.mark.parametrize(
    "text",
    [
        "a: " * 300,
        "[" * 5000,
        "ticks: !!int ''",
        "canary: !!bool abc",
        "ticks: 5\ncanary: {spec: " + "[" * 101 + "]" * 101 + "}",
        "{" * 200 + "}" * 200,
        "&a [*a]",
        "ticks: " + "9" * 5000,
        "x: !!python/object:os.system {}",
        "\0",
        GOOD + "  - at: 0\n    metrics: {x: " + "9" * 400 + "}\n",
        GOOD + "  - at: 0\n    hooks: {gate: {status: 400, body: '" + "x" * 5000 + "'}}\n",
        "a: &a [1,1,1,1,1,1,1,1]\n" + "".join(f"b{i}: &b{i} [*a,*a,*a,*a]\n" for i in range(20)),
    ],
    ids=range(13),
)
def test_hostile_text_is_one_line(text: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        Scenario.parse(text, "s.yaml")
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400


def test_bounds() -> None:
    base: dict[str, Any] = {"canary": canary(), "ticks": MOST_TICKS}
    edits = [{"at": index, "spec": {"suspend": True}} for index in range(201)]
    with pytest.raises(ScenarioError, match="at most 200 changes may edit the spec"):
        Scenario.from_mapping({**base, "world": edits})
    configs = [{"at": 0, "configs": {f"c{index}": "1" for index in range(101)}}]
    with pytest.raises(ScenarioError, match="world: must name at most 100 configs"):
        Scenario.from_mapping({**base, "world": configs})
    with pytest.raises(ScenarioError, match="world: must have at most 10000 changes"):
        Scenario.from_mapping({**base, "world": [{"at": 0}] * (MOST_TICKS + 1)})


def test_files(tmp_path: Path) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (tmp_path / "canary.yaml").write_text(f"{CANARIES}")
    for value in ("../canary.yaml", "{path: ../canary.yaml}"):
        path = folder / "s.yaml"
        path.write_text(f"canary: {value}\nticks: 3\n")
        assert Scenario.load(path).canary.full_name == "detail.flagger"
    (tmp_path / "canary.yaml").write_text(f"{CANARIES}---\n{CANARIES.replace('detail', 'other')}")
    path.write_text("canary: {path: ../canary.yaml, name: other}\nticks: 3\n")
    assert Scenario.load(str(path)).canary.full_name == "other.flagger"


CANARIES = """\
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: detail, namespace: flagger}
spec:
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: detail}
  service: {port: 3000}
  analysis: {interval: 1m, threshold: 2, stepWeight: 10, stepWeightPromotion: 50}
"""


def test_a_canary_of_a_file_is_edited_as_one_in_line(tmp_path: Path) -> None:
    (tmp_path / "canary.yaml").write_text(CANARIES)
    text = "canary: canary.yaml\nticks: 3\nworld: [{at: 1, spec: {analysis: {threshold: 7}}}]\n"
    (change,) = Scenario.parse(text, tmp_path / "s.yaml").world
    assert change.spec is not None
    analysis = change.spec.analysis
    assert (analysis.threshold, analysis.step_weight_promotion) == (7, 50)


@pytest.mark.parametrize("name", ["none.yaml", ".", "bytes.yaml", "large.yaml"])
def test_files_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe")
    (tmp_path / "large.yaml").write_bytes(b"#" * (5 << 20))
    with pytest.raises(ScenarioError, match=str(tmp_path)):
        Scenario.load(tmp_path / name)


def test_names_that_nothing_has_are_doubted() -> None:
    world = "  - at: 0\n    metrics: {request-succes-rate: 1}\n    hooks: {other: 200}\n"
    assert Scenario.parse(f"{GOOD}{world}", "s.yaml").notes == (
        "s.yaml:17: world[0].metrics.request-succes-rate: the Canary has no metric of this name;"
        ' did you mean "request-success-rate"?',
        "s.yaml:18: world[0].hooks.other: the Canary has no webhook of this name",
    )


def test_fields_that_the_api_server_drops_are_doubted(tmp_path: Path) -> None:
    text = GOOD.replace("service:", "servise:")
    (note,) = Scenario.parse(text, "s.yaml").notes
    hint = 'did you mean "service"?'
    assert note.startswith("s.yaml:5: canary.spec.servise: ")
    assert note.endswith(hint)
    (tmp_path / "canary.yaml").write_text(CANARIES.replace("service:", "servise:"))
    (note,) = Scenario.parse("canary: canary.yaml\nticks: 3", tmp_path / "s.yaml").notes
    assert note.startswith(f"{tmp_path}/canary.yaml:6: spec.servise: ")


def test_plain_values_are_not_changed() -> None:
    mapping = {"canary": canary(), "ticks": 2, "world": [{"at": 0, "metrics": {"x": None}}]}
    before = copy.deepcopy(mapping)
    Scenario.from_mapping(mapping)
    assert mapping == before


def test_plain_values_have_no_lines() -> None:
    with pytest.raises(ScenarioError, match=r"^scenario: ticks: must be a whole number"):
        Scenario.from_mapping({"canary": canary(), "ticks": 0})
