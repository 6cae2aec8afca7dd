from pathlib import Path

import pytest

from loadtester.webhooks.access.secrecy import without_secrets
from tests.loadtester.webhooks.running import loadtester

SHOW = (
    "pid=$$; while [ $pid -gt 1 ]; do tr '\\0' '\\n' < /proc/$pid/environ;"
    " tr '\\0' '\\n' < /proc/$pid/cmdline; ls -l /proc/$pid/fd;"
    " pid=$(sed -n 's/^PPid:.//p' /proc/$pid/status); done"
)


@pytest.mark.parametrize(
    ("flags", "env"),
    [
        ((), {"LOADTESTER_TOKEN": "s3cret-t0ken"}),
        (("--token", "s3cret-t0ken"), {}),
        (("-token=s3cret-t0ken",), {}),
        (("--token=s3cret-t0ken", "--hmac-secret", "s3cret-hmac"), {}),
        (("-token", "s3cret-t0ken"), {"LOADTESTER_HMAC_SECRET": "s3cret-hmac"}),
    ],
)
def test_no_command_finds_a_secret_in_its_parents(
    tmp_path: Path, flags: tuple[str, ...], env: dict[str, str]
) -> None:
    with loadtester(tmp_path, *flags, env={**env, "WITNESS": "w1tness"}) as running:
        headers = {"Authorization": "Bearer s3cret-t0ken"}
        assert running.task({"type": "bash", "cmd": "true"}).status_code == 401
        answer = running.task(
            {"type": "bash", "cmd": SHOW, "returnCmdOutput": "true"}, headers=headers
        )
        assert answer.status_code == 200
        assert answer.text.count("w1tness") >= 3, "the command, its runner, and the server"
        assert "loadtester" in answer.text
        assert "s3cret" not in answer.text
        assert "memfd" not in answer.text


@pytest.mark.parametrize(
    ("argv", "kept"),
    [
        ([], []),
        (["--port", "1", "--token", "x", "--no-shell"], ["--port", "1", "--no-shell"]),
        (["-token=x", "--hmac-secret=y"], []),
        (["--token"], []),
        (
            ["--token-file", "x", "--hmac-secret-file=y"],
            ["--token-file", "x", "--hmac-secret-file=y"],
        ),
    ],
)
def test_a_command_line_without_secrets(argv: list[str], kept: list[str]) -> None:
    assert without_secrets(argv) == kept
