"""A user's mistake is one line and exit code 2, before anything is started."""

import os
import socket
from pathlib import Path

import pytest

from rehearsal.manifests import shipped_manifests
from tests.e2e.rehearsing import rehearsing

pytestmark = pytest.mark.e2e

CANARY = (shipped_manifests() / "overlays/appmesh/canary.yaml").read_text()


def _refused(tmp_path: Path, *arguments: str, env: dict[str, str] | None = None) -> str:
    with rehearsing("tutorial", *arguments, folder=tmp_path, env=env) as run:
        assert run.wait(20) == 2, run.output + run.errors
        assert len(run.errors.splitlines()) == 1, run.errors
        assert run.errors.startswith("rehearse: ")
        assert run.none_left() == {}
        return run.errors


def _canary(tmp_path: Path, text: str) -> tuple[str, str]:
    file = tmp_path / "canary.yaml"
    file.write_text(text)
    return "--canary", str(file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "nowhere.yaml" in _refused(tmp_path, "--canary", str(tmp_path / "nowhere.yaml"))


def test_a_file_that_is_not_yaml(tmp_path: Path) -> None:
    said = _refused(tmp_path, *_canary(tmp_path, "kind: Canary\n  spec: [\n"))
    assert "canary.yaml:2" in said


def test_a_file_without_a_canary(tmp_path: Path) -> None:
    said = _refused(
        tmp_path, *_canary(tmp_path, "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n")
    )
    assert "Canary" in said


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ("interval: 1m", "interval: 1h", "spec.analysis.interval"),
        ("stepWeight: 5", "stepWeight: 5\n    iterations: 3", "spec.analysis"),
        ("provider: appmesh:v1beta2", "provider: linkedin", "spec.provider"),
        ("port: 3000", "port: many", "spec.service.port"),
        ("kind: Deployment", "kind: DaemonSet", "spec.targetRef.name"),
    ],
)
def test_a_canary_that_is_not_valid(tmp_path: Path, before: str, after: str, field: str) -> None:
    assert before in CANARY
    assert field in _refused(tmp_path, *_canary(tmp_path, CANARY.replace(before, after, 1)))


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert port in _refused(tmp_path, "--port", port)


@pytest.mark.parametrize("missing", ["sh", "bash"])
def test_a_program_that_is_missing(tmp_path: Path, missing: str) -> None:
    shelf = tmp_path / "bin"
    shelf.mkdir()
    for name in {"bash", "sh", "grep"} - {missing}:
        for folder in os.environ["PATH"].split(os.pathsep):
            if (Path(folder) / name).exists():
                (shelf / name).symlink_to(Path(folder) / name)
                break
    assert missing in _refused(tmp_path, env={"PATH": str(shelf)})
