"""`rehearse play` as a user meets it."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.cli import main
from rehearsal.flagger.controller import Flags
from rehearsal.output.play_text import PlayedText
from rehearsal.simulated import Scenario, play
from tests.rehearsal.replay.clusters import event_list, kubectl_events, kubernetes_event
from tests.rehearsal.simulated.scenarios import HEALTHY, canary, change, play_world

Capture = pytest.CaptureFixture[str]


def write(path: Path, *world: dict[str, object], ticks: int = 9) -> str:
    first = change(0, revision="v1", metrics=HEALTHY)
    mapping = {"canary": canary(), "ticks": ticks, "world": [first, *world]}
    path.write_text(yaml.safe_dump(mapping))
    return str(path)


def test_json_lines(tmp_path: Path, capsys: Capture) -> None:
    """Keys and their order are a contract."""
    file = write(tmp_path / "s.yaml", change(1, revision="v2"), ticks=3)
    assert main(["play", "--format", "jsonl", file]) == 0
    out, err = capsys.readouterr()
    routes = '"routes":{"primary":100,"canary":0,"mirrored":false},"hooks":[]}'
    assert out.splitlines()[:5] == [
        '{"tick":0,"type":"Normal","message":"all the metrics providers are available!",'
        '"phase":"Initializing"}',
        '{"tick":0,"type":"Normal","message":"Initialization done! detail.flagger",'
        '"phase":"Initialized"}',
        '{"tick":0,"status":{"phase":"Initialized","canaryWeight":0,"failedChecks":0,'
        f'"iterations":0}},{routes}',
        '{"tick":1,"type":"Normal","message":"New revision detected! Scaling up detail.flagger",'
        '"phase":"Progressing"}',
        '{"tick":1,"status":{"phase":"Progressing","canaryWeight":0,"failedChecks":0,'
        f'"iterations":0}},{routes}',
    ]
    last = json.loads(out.splitlines()[-1])
    assert last == {
        "tick": 2,
        "status": {
            "phase": "Progressing",
            "canaryWeight": 10,
            "failedChecks": 0,
            "iterations": 0,
        },
        "routes": {"primary": 90, "canary": 10, "mirrored": False},
        "hooks": ["test"],
    }
    assert err == ""


def test_several_scenarios_are_told_apart(tmp_path: Path, capsys: Capture) -> None:
    files = [write(tmp_path / name, ticks=1) for name in ("a.yaml", "b.yaml")]
    assert main(["play", "--format", "jsonl", *files]) == 0
    names = [json.loads(line)["scenario"] for line in capsys.readouterr().out.splitlines()]
    assert names == [files[0]] * 3 + [files[1]] * 3


def test_text(tmp_path: Path, capsys: Capture) -> None:
    low = change(3, metrics={"request-success-rate": 97.5, "request-duration": 1500})
    file = write(tmp_path / "s.yaml", change(1, revision="v2"), low)
    assert main(["play", file]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    lines = out.splitlines()
    assert lines[0] == (
        f"{file}: detail.flagger, provider istio, threshold 2, 9 ticks, one every 60 s"
    )
    start = lines.index("tick 3  03:00  Progressing  canary 10%  1 of 2 failed checks")
    assert lines[start + 1 : start + 5] == [
        "    hooks    load",
        "    metrics  request-success-rate 97.5% (at least 99%)",
        "    Warning  Halt detail.flagger advancement success rate 97.50% < 99%",
        "             request-success-rate was 97.50% and must be at least 99%; failed check 1 of"
        " threshold 2; passed checks do not reset the count",
    ]
    assert lines[-4:] == [
        "ticks 6 to 8  06:00  Failed  canary 0%  0 of 2 failed checks  no events",
        "Rolled back on tick 5. Failed checks:",
        "  tick 3: Halt detail.flagger advancement success rate 97.50% < 99%",
        "  tick 4: Halt detail.flagger advancement success rate 97.50% < 99%",
    ]


@pytest.mark.parametrize(
    ("world", "last"),
    [
        ((), "Not decided: the scenario ends in phase Initialized."),
        ((change(1, revision="v2"),), "Promoted on tick 7."),
        (
            (change(1, revision="v2", ready={"canary": {"deadline_exceeded": True}}),),
            "Rolled back on tick 2.",
        ),
    ],
)
def test_how_it_ends(
    world: tuple[dict[str, object], ...], last: str, tmp_path: Path, capsys: Capture
) -> None:
    assert main(["play", write(tmp_path / "s.yaml", *world)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == last


def test_a_duration_is_shown_as_the_provider_means_it(tmp_path: Path, capsys: Capture) -> None:
    mapping = {
        "canary": canary({"provider": "kubernetes"}, iterations=2),
        "ticks": 4,
        "world": [change(0, revision="v1", metrics=HEALTHY), change(1, revision="v2")],
    }
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(mapping))
    assert main(["play", str(tmp_path / "s.yaml")]) == 0
    assert "request-duration 20s (at most 500 ms)" in capsys.readouterr().out


def test_colours_on_a_terminal_and_lines_that_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    scenario = Scenario.from_mapping(
        {"canary": canary(), "ticks": 4, "world": [change(1, revision="v2")]}
    )
    assert "\x1b[" in _shown(scenario)
    monkeypatch.setenv("NO_COLOR", "1")
    plain = _shown(scenario)
    assert "\x1b[3" not in plain
    plain = re.sub(r"\x1b\[[0-9;]*m", "", plain)
    indented = [line for line in plain.splitlines() if line.startswith("    ")]
    assert indented
    assert all(len(line.rstrip()) <= 60 for line in indented)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _shown(scenario: Scenario) -> str:
    out = _Terminal()
    renderer = PlayedText(out, Flags())
    renderer.begin(scenario)
    for tick in play(scenario).ticks:
        renderer.tick(tick)
    renderer.end()
    return out.getvalue()


def test_what_a_webhook_answers_cannot_paint_the_terminal(tmp_path: Path, capsys: Capture) -> None:
    body = "\x1b[31mred\x07\r\nnext"
    refused = change(1, revision="v2", hooks={"test": {"status": 400, "body": body}})
    file = write(tmp_path / "s.yaml", refused, ticks=5)
    assert main(["play", file]) == 0
    out = capsys.readouterr().out
    assert "check test failed  [31mred   next" in out
    assert not any(char in out for char in "\x1b\x07\r")
    assert main(["play", "--format", "jsonl", file]) == 0
    lines = map(json.loads, capsys.readouterr().out.splitlines())
    assert any(body in line.get("message", "") for line in lines)


def test_events_cannot_paint_the_terminal(tmp_path: Path, capsys: Capture) -> None:
    event = kubernetes_event("Initialization \x1b[2J\ndone", "Normal", 1_750_000_000)
    (tmp_path / "e.json").write_text(event_list([event]))
    file = canary_file(tmp_path / "c.yaml")
    main(["play", "--events", str(tmp_path / "e.json"), "--canary", file])
    assert "\x1b" not in capsys.readouterr().out


def test_a_malformed_scenario_is_one_line(tmp_path: Path, capsys: Capture) -> None:
    good = write(tmp_path / "good.yaml")
    bad = write(tmp_path / "bad.yaml", change(1, revison="v2"))
    assert main(["play", good, bad]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"rehearse: {bad}:")
    assert err.endswith('world[1].revison: unknown field; did you mean "revision"?\n')


def test_standard_input(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    text = Path(write(tmp_path / "s.yaml", ticks=1)).read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert main(["play", "-"]) == 0
    assert capsys.readouterr().out.startswith("-: detail.flagger")


@pytest.mark.parametrize("flags", [["--format", "xml"], ["--formt", "text"]])
def test_flags_that_are_wrong(flags: list[str], tmp_path: Path, capsys: Capture) -> None:
    assert main(["play", *flags, write(tmp_path / "s.yaml", ticks=1)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_notes_go_to_standard_error(tmp_path: Path, capsys: Capture) -> None:
    file = write(tmp_path / "s.yaml", change(1, metrics={"error-rate": 5}), ticks=2)
    assert main(["play", "--format", "jsonl", file]) == 0
    out, err = capsys.readouterr()
    assert "the Canary has no metric of this name" in err
    assert all(json.loads(line) for line in out.splitlines())


def test_a_canary_that_names_no_provider(tmp_path: Path, capsys: Capture) -> None:
    given = canary({"provider": None})
    (tmp_path / "s.yaml").write_text(yaml.safe_dump({"canary": given, "ticks": 1}))
    assert main(["play", "--mesh-provider", "linkerd", str(tmp_path / "s.yaml")]) == 0
    assert "provider linkerd" in capsys.readouterr().out


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """The events of a rollback, as kubectl prints them."""
    low = change(3, metrics={"request-success-rate": 97.5})
    run = play_world(change(1, revision="v2"), low)
    path = tmp_path / "events.json"
    path.write_text(event_list(kubectl_events(run)))
    return path


def canary_file(path: Path, **analysis: Any) -> str:
    path.write_text(yaml.safe_dump(canary(**analysis)))
    return str(path)


def test_events_that_are_as_the_model_says(events: Path, tmp_path: Path, capsys: Capture) -> None:
    file = canary_file(tmp_path / "canary.yaml")
    assert main(["play", "--events", str(events), "--canary", file]) == 0
    lines = capsys.readouterr().out.splitlines()
    at = next(n for n, line in enumerate(lines) if "97.50%" in line)
    indent = " " * 26
    assert lines[at].split(maxsplit=2)[2] == (
        "Warning  Halt detail.flagger advancement success rate 97.50% < 99%"
    )
    assert lines[at + 1] == (
        f"{indent}request-success-rate was 97.50% and must be at least 99%; failed check 1 of"
        " threshold 2; passed checks do not reset the count"
    )
    assert lines[-1] == (
        f"{events}: all 10 events as the model says. At the end: phase Failed, canary weight 0."
    )


def test_events_that_part_from_the_model(events: Path, tmp_path: Path, capsys: Capture) -> None:
    file = canary_file(tmp_path / "canary.yaml", threshold=5)
    assert main(["play", "--events", str(events), "--canary", file]) == 1
    lines = capsys.readouterr().out.splitlines()
    at = next(n for n, line in enumerate(lines) if line.endswith("cluster and model part here"))
    number = int(lines[at].removeprefix(f"{events}:").split(":")[0])
    assert "Rolling back" in "\n".join(events.read_text().splitlines()[number : number + 22])
    assert lines[at + 1 : at + 5] == [
        "    cluster  Rolling back detail.flagger failed checks threshold reached 2",
        "    model    Advance detail.flagger canary weight 20",
        "    because  the plan goes on to 30%",
        "    perhaps  the threshold is 2 in the cluster, 5 in this Canary",
    ]


def test_events_as_json_lines(events: Path, tmp_path: Path, capsys: Capture) -> None:
    file = canary_file(tmp_path / "canary.yaml", threshold=5)
    assert main(["play", "--format", "jsonl", "--events", str(events), "--canary", file]) == 1
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["agrees"] for one in found] == [True] * 8 + [False, False]
    assert found[8]["expected"] == "Advance detail.flagger canary weight 20"
    assert len({one["line"] for one in found}) == 10


def test_a_canary_without_a_namespace_is_that_of_the_events(
    events: Path, tmp_path: Path, capsys: Capture
) -> None:
    given = canary()
    del given["metadata"]["namespace"]
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(given))
    assert main(["play", "--events", str(events), "--canary", str(tmp_path / "c.yaml")]) == 0
    assert "all 10 events" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "play: give a scenario file, or --events FILE with --canary FILE"),
        (["--events", "e"], "play: --events FILE and --canary FILE go together"),
        (["--canary", "c"], "play: --events FILE and --canary FILE go together"),
        (["s", "--events", "e", "--canary", "c"], "play: --events FILE and --canary FILE go"),
        (["--events", "none.json", "--canary", "{canary}"], "none.json: cannot be read: no such"),
        (["--events", "{events}", "--canary", "none.yaml"], "none.yaml: cannot be read: no such"),
        (
            ["--events", "{events}", "--canary", "{canary}", "--canary-name", "other"],
            "{canary}: contains no Canary other, only detail.flagger",
        ),
        (
            ["--events", "{canary}", "--canary", "{canary}"],
            "{canary}: has no events of a Canary; give the output of kubectl get events -o json",
        ),
        (
            ["--events", "{events}", "--canary", "{other}"],
            "{events}: has no events of other.flagger, only of detail.flagger",
        ),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str], text: str, events: Path, tmp_path: Path, capsys: Capture
) -> None:
    names = {
        "canary": canary_file(tmp_path / "canary.yaml"),
        "other": str(tmp_path / "other.yaml"),
        "events": str(events),
    }
    other = canary()
    other["metadata"]["name"] = "other"
    Path(names["other"]).write_text(yaml.safe_dump(other))
    assert main(["play", *(one.format(**names) for one in arguments)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert text.format(**names) in err
