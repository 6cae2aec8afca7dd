"""The image `rehearse`: a whole rehearsal in one restricted container."""

import os
from pathlib import Path

import pytest

from tests.e2e.applications import PYTHON
from tests.images import podman
from tests.rehearsal.api.manifests import write_manifests

pytestmark = [pytest.mark.images, pytest.mark.timeout(600)]

COMMAND = "python server.py {port}"


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    """The work folder with a Canary and a program, read-only."""
    write_manifests(tmp_path / "shop.yaml")
    (tmp_path / "server.py").write_text(PYTHON)
    tmp_path.chmod(0o755)
    return ["--tmpfs=/tmp", f"--volume={tmp_path}:/work:ro"]


def test_a_bad_candidate_is_rolled_back(images: dict[str, str], arguments: list[str]) -> None:
    words = ["run", "-f", "shop.yaml", "--stable", COMMAND, "--candidate", COMMAND]
    words += ["--fault", "errors=50%", "--expect", "rolled-back", "--speed", "4"]
    done = podman.run(
        *("run", "--rm", *podman.HARDENED, *arguments, images["rehearse"], *words), timeout_s=110
    )
    assert "Canary failed! Scaling down shop.prod" in done.stdout
    assert "All steps passed." in done.stdout


def test_lint_and_odds_need_nothing_writable(images: dict[str, str], arguments: list[str]) -> None:
    for words in (
        ["lint", "--fail-on", "error", "shop.yaml"],
        ["odds", "shop.yaml", "--traffic=5/s"],
    ):
        podman.run("run", "--rm", *podman.HARDENED, *arguments[1:], images["rehearse"], *words)


def test_sigterm_ends_it_as_unfinished(images: dict[str, str], arguments: list[str]) -> None:
    name = f"images-{os.getpid()}-rehearse"
    words = ["run", "-f", "shop.yaml", "--stable", COMMAND, "--candidate", COMMAND]
    try:
        container = podman.start(name, images["rehearse"], arguments, words)
        podman.until(lambda: "Initialization done!" in container.logs(), "it has begun", 60)
        code, _ = container.terminate(within_s=30)
        assert code == 143
        assert "did not come to its end" in container.logs()
    finally:
        podman.remove([name])
