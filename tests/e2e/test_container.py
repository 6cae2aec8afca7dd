"""An application in a container, made from one static program, so that no registry is needed."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.go_programs import static_server
from tests.e2e.rehearsing import rehearsing
from tests.e2e.test_run import write_manifests

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

_IMAGE = "localhost/rehearsal-test"
_SERVER = """\
package main

import (
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/ready", func(w http.ResponseWriter, r *http.Request) {})
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if len(os.Args) > 1 {
			w.WriteHeader(500)
		}
	})
	panic(http.ListenAndServe(":8080", nil))
}
"""


def _podman(*words: str) -> str:
    run = subprocess.run(
        ["podman", *words], capture_output=True, text=True, timeout=60, check=False
    )
    if run.returncode:
        pytest.skip(f"podman {words[0]} does not work here: {run.stderr.strip()[-300:]}")
    return run.stdout


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Two images of the same program: `good`, and `bad`, which answers 500."""
    if shutil.which("podman") is None:
        pytest.skip("podman is not on this machine")
    folder = tmp_path_factory.mktemp("image")
    archive = folder / "server.tar"
    static_server(folder, _SERVER)
    subprocess.run(["tar", "cf", str(archive), "-C", str(folder), "server"], check=True)
    for tag, entry in (("good", '["/server"]'), ("bad", '["/server", "fail"]')):
        _podman("import", "--change", f"ENTRYPOINT {entry}", str(archive), f"{_IMAGE}:{tag}")
    _podman("run", "--rm", "--detach", "--publish", "127.0.0.1::8080", f"{_IMAGE}:good")
    _podman("rm", "--force", "--latest")
    yield
    _podman("rmi", "--force", f"{_IMAGE}:good", f"{_IMAGE}:bad")


def _containers() -> str:
    return _podman("ps", "--all", "--filter", "name=rehearsal-shop", "--format", "{{.Names}}")


def _words(folder: Path, candidate: str) -> tuple[str, ...]:
    images = ("--stable", f"image:{_IMAGE}:good", "--candidate", f"image:{_IMAGE}:{candidate}")
    return ("run", "-f", str(write_manifests(folder)), *images, "--speed", "3")


@pytest.mark.usefixtures("images")
@pytest.mark.parametrize(("candidate", "code"), [("good", 0), ("bad", 3)])
def test_containers_are_rolled_out(tmp_path: Path, candidate: str, code: int) -> None:
    with rehearsing(*_words(tmp_path, candidate), folder=tmp_path) as run:
        assert run.wait() == code, run.output + run.errors
        assert run.none_left() == {}
    assert _containers() == ""


@pytest.mark.usefixtures("images")
def test_no_container_outlives_a_killed_parent(tmp_path: Path) -> None:
    with rehearsing(*_words(tmp_path, "good"), folder=tmp_path) as run:
        run.until("Initialization done!")
        assert "rehearsal-shop" in _containers()
        run.process.kill()
        run.wait(5)
        assert run.none_left() == {}
    assert _gone_soon()


def _gone_soon() -> bool:
    """Podman takes a container away a moment after its process has ended."""
    for _ in range(40):
        if not _containers():
            return True
        subprocess.run(["sleep", "0.25"], check=True)
    return False
