import stat
from pathlib import Path

import pytest

from rehearsal.applications.container import ContainerApplication, find_engine
from rehearsal.errors import UserError
from tests.rehearsal.applications.launching import context


def _engine(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str = "exit 0") -> None:
    """A podman that is this shell script."""
    program = folder / "podman"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))


def test_a_container_publishes_its_ports_and_carries_the_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _engine(tmp_path, monkeypatch)
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
    assert "--env REHEARSAL_ENVIRONMENT " in text
    assert text.endswith("--entrypoint /shop -- shop:1.2 -v --x")
    assert launch.isolated
    name = launch.cleanup[-1]
    assert launch.cleanup == ("podman", "rm", "--force", name)
    assert name.startswith("rehearsal-shop-1-20001")
    assert launch.exec_words(("check", "it")) == ("podman", "exec", name, "check", "it")


def test_an_image_that_is_not_there_is_said_before_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _engine(tmp_path, monkeypatch, '[ "$1" = ps ]')
    with pytest.raises(UserError, match="podman has no such image"):
        ContainerApplication("absent:1").check()


def test_a_machine_without_an_engine_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_engine() is None
    with pytest.raises(UserError, match="neither podman nor docker"):
        ContainerApplication("shop:1").check()


def test_an_engine_that_does_not_work_is_said_in_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _engine(tmp_path, monkeypatch, "echo first >&2; echo 'no daemon is running' >&2; exit 125")
    with pytest.raises(UserError, match="podman does not work: no daemon is running") as raised:
        ContainerApplication("shop:1").check()
    assert len(raised.value.lines()) == 1
