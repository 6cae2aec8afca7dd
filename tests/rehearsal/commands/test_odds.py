"""`rehearse odds`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from rehearsal.cli import main
from rehearsal.manifests import shipped_manifests

TUTORIAL = str(shipped_manifests() / "overlays/appmesh/canary.yaml")
BINOMIALS = ("--scrape", "off", "--without-hook-load")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["odds", *words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_orientation(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--traffic", "5/s,25/s", "--errors", "0.1%,1%,2%", "--format", "json")
    code, out, _ = run(capsys, TUTORIAL, *words, *BINOMIALS)
    rows = {
        (row["traffic_per_s"], row["error_share"]): row["rolled_back"]
        for row in json.loads(out)["odds"]
    }
    assert code == 0
    assert rows[5, 0.001] == pytest.approx(0.086, abs=0.0005)
    assert rows[5, 0.02] == pytest.approx(1 - 0.16, abs=0.005)
    assert rows[25, 0.01] == pytest.approx(0.84, abs=0.005)


def test_the_table_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, TUTORIAL, "--traffic", "5/s")
    assert (code, err) == (0, "")
    assert "0.1 % errors, healthy" in out


@pytest.mark.slow
def test_a_patch_that_applies(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    canary = tmp_path / "canary.yaml"
    canary.write_text(Path(TUTORIAL).read_text())
    promises = ("--catch", "errors>=2%:95%", "--spare", "errors<=0.1%:1%")
    words = (str(canary), "--traffic", "5/s", "--errors", "2%", "--format", "json")
    code, out, _ = run(capsys, *words, *promises, *BINOMIALS)
    assert code == 1, "the Canary as it is does not keep them"
    better = json.loads(out)["better"]
    subprocess.run(
        ["git", "apply", "--unsafe-paths", "--directory", "/", "-"],
        input=better["diff"],
        text=True,
        check=True,
        cwd=tmp_path,
        timeout=30,
    )
    code, out, _ = run(capsys, *words, *promises, *BINOMIALS)
    assert (code, json.loads(out)["better"]["kept_today"]) == (0, True)


def test_a_picture_is_drawn_beside(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    picture = tmp_path / "odds.svg"
    words = ("--traffic", "5/s", "--errors", "2%", "--format", "csv", "--picture", str(picture))
    code, out, _ = run(capsys, TUTORIAL, *words)
    assert (code, out.count("\n")) == (0, 2)
    assert picture.read_text().startswith("<svg")


def test_templates_of_other_files_count(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    overlay = shipped_manifests() / "overlays/linkerd"
    alone = run(capsys, str(overlay / "canary.yaml"), "--traffic", "50/s", "--format", "json")
    both = run(
        capsys,
        *(str(overlay / "canary.yaml"), str(overlay / "metrictemplates.yaml")),
        *("--traffic", "50/s", "--format", "json"),
    )
    assert [row["rolled_back"] for row in json.loads(alone[1])["odds"]] == [0, 0, 0]
    assert json.loads(both[1])["odds"][-1]["rolled_back"] > 0.9


MISTAKES: list[tuple[tuple[str, ...], str]] = [
    ((), "needs the file of a Canary"),
    ((TUTORIAL,), "--traffic: needs the requests per second"),
    ((TUTORIAL, "--traffic", "5"), "--traffic"),
    ((TUTORIAL, "--traffic", "5/s", "--errors", "x"), "--errors"),
    ((TUTORIAL, "--traffic", "5/s", "--scrape", "0s"), "--scrape"),
    ((TUTORIAL, "--traffic", "5/s", "--latency", "50ms"), "--latency"),
    ((TUTORIAL, "--traffic", "5/s", "--catch", "errors>=2%:95%"), "go together"),
    (
        (TUTORIAL, "--traffic", "5/s", "--catch", "errors>=1%:95%", "--spare", "errors<=1%:1%"),
        "must fail less often",
    ),
    ((TUTORIAL, "--traffic", "5/s", "--replicas", "0"), "--replicas"),
    ((TUTORIAL, "--traffic", "5/s", "--format", "pdf"), "--format"),
    ((TUTORIAL, "--traffic", "5/s", "--picture", "/nowhere/odds.svg"), "--picture"),
    ((TUTORIAL, "--traffic", "5/s", "--canary-name", "other"), "other"),
    (("/nowhere.yaml", "--traffic", "5/s"), "/nowhere.yaml"),
]


@pytest.mark.parametrize(("words", "said"), MISTAKES, ids=lambda value: str(value)[-40:])
def test_a_mistake_is_one_line(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    code, out, err = run(capsys, *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err


def test_twins_in_the_environment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REHEARSE_TRAFFIC", "7/s")
    monkeypatch.setenv("REHEARSE_FORMAT", "csv")
    _, out, _ = run(capsys, TUTORIAL, "--errors", "1%")
    assert out.splitlines()[1].startswith("7.0,0.01,")
