import stat
from pathlib import Path

import pytest

from rehearsal.applications.container import ContainerApplication, find_engine
from rehearsal.errors import UserError
from tests.rehearsal.applications.launching import context


def _engine(folder: Path, monkeypatch: pytest.MonkeyPatch, exit_code: int) -> None:
    """A podman that knows every image, or none."""
    program = folder / "podman"
    program.write_text(f"#!/bin/sh\nexit {exit_code}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))


def test_a_container_publishes_its_ports_and_knows_the_cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _engine(tmp_path, monkeypatch, 0)
    application = ContainerApplication("shop:{tag}")
    application.check()
    container = {"command": ["/shop", "-v"], "args": ["--x"]}
    launch = application.launch(
        context(container=container, env={"A": "b"}, mounts={"/conf": Path("/tmp/c")})
    )
    text = " ".join(launch.argv)
    assert launch.argv[:3] == ("podman", "run", "--rm")
    assert "--publish 127.0.0.1:20001:8080 --publish 127.0.0.1:20002:9797" in text
    assert "--env A=b" in text
    assert "--volume /tmp/c:/conf:ro" in text
    assert "--volume /tmp/hosts:/etc/hosts:ro" in text
    assert text.endswith("--entrypoint /shop -- shop:1.2 -v --x")
    assert launch.isolated
    assert launch.cleanup == ("podman", "rm", "--force", "rehearsal-shop-1-20001")


def test_an_image_that_is_not_there_is_said_before_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _engine(tmp_path, monkeypatch, 1)
    with pytest.raises(UserError, match="podman has no such image"):
        ContainerApplication("absent:1").check()


def test_a_machine_without_an_engine_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_engine() is None
    with pytest.raises(UserError, match="neither podman nor docker"):
        ContainerApplication("shop:1").check()
