from pathlib import Path

import pytest
import yaml

from rehearsal.applications.command import CommandApplication
from rehearsal.cli import main
from rehearsal.commands import run
from rehearsal.commands.rehearsing import Rehearsal
from rehearsal.faults import Fault
from rehearsal.live import preparation
from rehearsal.live.config import HostTarget
from rehearsal.live.traffic_plan import TrafficPlan
from rehearsal.world import TargetChange

CANARY = {
    "apiVersion": "flagger.app/v1beta1",
    "kind": "Canary",
    "metadata": {"name": "shop", "namespace": "prod"},
    "spec": {
        "provider": "appmesh:v1beta2",
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"},
        "service": {"port": 80},
        "analysis": {"interval": "1m", "threshold": 1, "stepWeight": 10},
    },
}


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[Rehearsal]:
    """Rehearsals that would have been played."""
    found: list[Rehearsal] = []

    def record(rehearsal: Rehearsal) -> int:
        found.append(rehearsal)
        return 42

    monkeypatch.setattr(run, "rehearse", record)
    monkeypatch.setattr(preparation, "find_envoy", lambda path: path or Path("/envoy"))
    return found


def _file(folder: Path, *names: str) -> str:
    objects = [
        {**CANARY, "metadata": {"name": name, "namespace": "prod"}} for name in names or ("shop",)
    ]
    path = folder / "all.yaml"
    path.write_text(yaml.safe_dump_all(objects))
    return str(path)


def _run(folder: Path, *words: str) -> int:
    return main(["run", "-f", _file(folder), "--stable", "bash -c old", *words])


def test_flags_become_a_rehearsal(tmp_path: Path, played: list[Rehearsal]) -> None:
    words = ["--candidate", "bash -c new", "--set", "env.A=b", "--fault", "errors=5%"]
    words += ["--traffic", "7/s@/x", "--host", "gw.x=canary", "--open-after", "3", "--speed", "9"]
    words += ["--load", "hey x", "--expect", "rolled-back", "--mesh-provider", "nginx"]
    assert _run(tmp_path, *words) == 42
    (rehearsal,) = played
    config = rehearsal.config
    assert config.applications.stable == CommandApplication("bash -c old", "--stable")
    assert config.applications.candidate == CommandApplication("bash -c new", "--candidate")
    assert config.traffic == TrafficPlan(7, (("/x", 1),))
    assert config.hosts == (HostTarget("gw.x", "canary"),)
    assert (rehearsal.open_after, rehearsal.speed) == (3, 9)
    bootstrap, rollout = rehearsal.scenario.steps
    assert [(a.kind, a.value) for a in rollout.actions] == [
        ("fault", Fault("abort", 5)),
        ("set", TargetChange(env={"A": "b"}, candidate=True)),
    ]
    assert rollout.meanwhile[-1].value == "hey x"
    assert rollout.expect.ending == "rolled-back"
    assert bootstrap.actions[0].kind == "deploy"


@pytest.mark.parametrize(
    ("traffic", "seen"), [("none", False), ("1/s", False), ("5/s", True), ("", True)]
)
def test_weights_are_looked_for_where_there_is_traffic_to_show_them(
    tmp_path: Path, played: list[Rehearsal], traffic: str, seen: bool
) -> None:
    assert _run(tmp_path, "--candidate", "bash -c new", "--traffic", traffic) == 42
    assert played[0].scenario.steps[1].expect.weights is seen


def test_every_flag_has_its_twin(
    tmp_path: Path, played: list[Rehearsal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REHEARSE_FILE", _file(tmp_path))
    monkeypatch.setenv("REHEARSE_STABLE", "bash -c old")
    monkeypatch.setenv("REHEARSE_SET", "image=2\nenv.A=b")
    assert main(["run"]) == 42
    change = played[0].scenario.steps[1].actions[0].value
    assert change == TargetChange(image="2", env={"A": "b"})


def test_one_of_several_canaries_or_all(tmp_path: Path, played: list[Rehearsal]) -> None:
    words = [
        "run",
        "-f",
        _file(tmp_path, "shop", "cart"),
        "--stable",
        "bash -c x",
        "--set",
        "image=2",
    ]
    assert main(words) == 42
    assert main([*words, "--canary", "cart"]) == 42
    names = [[c.canary.name for c in r.config.canaries] for r in played]
    assert names == [["shop", "cart"], ["cart"]]


def test_two_canaries_of_one_name_are_not_played_together(
    tmp_path: Path, played: list[Rehearsal], capsys: pytest.CaptureFixture[str]
) -> None:
    file = _file(tmp_path, "shop", "shop")
    words = ["run", "-f", file, "--stable", "bash -c x", "--set", "image=2"]
    assert main(words) == 2
    assert "contains shop.prod 2 times; name one by its place" in capsys.readouterr().err
    assert main([*words, "--canary", f"{file}:1"]) == 42
    assert len(played) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-f", ""], "-f: name the manifests of the Canary"),
        ([], "nothing changes: say what the candidate is"),
        (["--set", "image"], "--set 'image': write NAME=VALUE"),
        (["--set", "colour=red"], "write image=[REPO:]TAG or env.NAME=VALUE"),
        (["--set", "env.=x"], "write image=[REPO:]TAG or env.NAME=VALUE"),
        (["--set", "image=2", "--fault", "errors=x"], 'fault "errors=x"'),
        (["--set", "image=2", "--traffic", "fast"], "--traffic 'fast'"),
        (["--set", "image=2", "--host", "x"], "--host 'x'"),
        (["--set", "image=2", "--image", "x"], "--image 'x'"),
        (["--set", "image=2", "--metric", "x"], "--metric 'x'"),
        (["--set", "image=2", "--expect", "glory"], "'glory' is not one of promoted, rolled-back"),
        (["--set", "image=2", "--speed", "1000"], "the highest speed for this Canary is 60"),
        (["--set", "image=2", "--report", "r.pdf"], "must end in"),
        (["--set", "image=2", "--report", "/no/such/r.json"], "--report /no/such/r.json"),
        (["--set", "image=2", "--canary", "other"], "contains no Canary other"),
        (["--set", "image=2", "--scenario", "tutorial"], "leave --set out"),
        (["--scenario", "tutorial", "--fault", "errors=5%"], "leave the flags out"),
        (["--scenario", "absent.yaml"], "absent.yaml: cannot be read: no such file"),
        (["--candidate", "no-such-program-here"], "no program 'no-such-program-here'"),
        (["--colour"], "unknown flag --colour"),
    ],
)
def test_what_is_wrong_is_one_line_before_anything_starts(
    tmp_path: Path,
    played: list[Rehearsal],
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
) -> None:
    assert _run(tmp_path, *words) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert played == []


def test_by_hand_nothing_has_to_change_yet(tmp_path: Path, played: list[Rehearsal]) -> None:
    assert _run(tmp_path, "--web", "--manual") == 42
    (rehearsal,) = played
    assert [step.name for step in rehearsal.scenario.steps] == ["bootstrap"]
    assert rehearsal.web is not None
    assert rehearsal.web.manual
    rehearsal.web.listener.close()


def test_manifests_are_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run"]) == 2
    assert "-f: name the manifests" in capsys.readouterr().err


def test_a_shipped_scenario_is_known_by_its_name(tmp_path: Path, played: list[Rehearsal]) -> None:
    assert _run(tmp_path, "--scenario", "tutorial") == 42
    assert played[0].scenario.name == "tutorial"


def test_help_names_every_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for part in ("3 rolled back", "4 came to no end", "5 this machine was too slow", "130"):
        assert part in text


def test_bare_rehearse_shows_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    out = capsys.readouterr().out
    for command in ("run", "tutorial", "play", "lint"):
        assert command in out


@pytest.mark.parametrize("word", ["tutorail", "-x", "--colour"])
def test_an_unknown_word_is_one_line(capsys: pytest.CaptureFixture[str], word: str) -> None:
    assert main([word]) == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert word.lstrip("-") in err
