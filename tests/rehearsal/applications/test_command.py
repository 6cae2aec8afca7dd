from pathlib import Path
from typing import Any

import pytest

from rehearsal.applications.command import CommandApplication, fill
from rehearsal.errors import UserError
from tests.rehearsal.applications.launching import context


def _line(command: str, **more: Any) -> str:
    launch = CommandApplication(command).launch(context(**more))
    assert launch.argv[:2] == ("bash", "-c")
    assert not launch.isolated
    return launch.argv[2]


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("./shop --port {port}", "exec ./shop --port 20001"),
        ("./shop {http} {http-metrics} {tag} {pod}", "exec ./shop 20001 20002 1.2 shop-1"),
        ("./shop --json '{\"a\": {}}'", "./shop --json '{\"a\": {}}'"),
        ("A=1 ./shop & wait", "A=1 ./shop & wait"),
        ("./shop {unknown}", "./shop {unknown}"),
    ],
)
def test_placeholders_are_filled_in(command: str, line: str) -> None:
    assert _line(command) == line


def test_arguments_of_the_manifest_get_local_ports() -> None:
    container = {
        "command": ["./shop"],
        "args": ["--port=8080", "--url=http://x:8080/", "--n=18080"],
    }
    assert _line("/bin/{args}", container=container) == (
        "exec /bin/./shop --port=20001 --url=http://x:20001/ --n=18080"
    )


def test_the_environment_is_the_manifests_with_local_ports() -> None:
    env = {"LISTEN": "8080", "METRICS": "9797", "OTHER": "80801", "CONF": "/etc/conf/a.yaml"}
    mounts = {"/etc/conf": Path("/tmp/volumes/conf")}
    launch = CommandApplication("./shop").launch(context(env=env, mounts=mounts))
    assert launch.env == {
        "LISTEN": "20001",
        "METRICS": "20002",
        "OTHER": "80801",
        "CONF": "/tmp/volumes/conf/a.yaml",
        "PORT": "20001",
        "PORT_HTTP": "20001",
        "PORT_HTTP_METRICS": "20002",
        "HOSTNAME": "shop-1",
        "POD_NAME": "shop-1",
    }


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("", "an empty command runs nothing"),
        ("   ", "an empty command runs nothing"),
        ("./shop 'open", "No closing quotation"),
        ("no-such-program-here --port 1", "no program 'no-such-program-here'"),
        ("/no/such/file", "no program '/no/such/file'"),
    ],
)
def test_what_cannot_run_is_said_before_the_start(command: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as raised:
        CommandApplication(command, "--candidate").check()
    assert str(raised.value).startswith("--candidate")


@pytest.mark.parametrize("command", ["bash -c true", "A=1 anything", "$(which bash) x", "~/x"])
def test_what_a_shell_has_to_resolve_is_left_to_it(command: str) -> None:
    CommandApplication(command).check()


def test_filling_is_linear_in_its_text() -> None:
    text = "{" * 50_000
    assert fill(text, {"port": "1"}) == text
