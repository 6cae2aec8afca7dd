"""Every row of what Flagger's own load tester answers, driven over real HTTP."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.loadtester.webhooks.running import Running, loadtester, until

TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Row:
    """A call and its whole answer; ``before`` are paths called first with the same body."""

    path: str
    body: str
    status: int
    answer: str = ""
    before: tuple[str, ...] = ()
    method: str = "POST"


def task(**metadata: str) -> str:
    return json.dumps({"name": "podinfo", "namespace": "test", "metadata": metadata})


def canary(name: str) -> str:
    return json.dumps({"name": name, "namespace": "test", "phase": "Progressing"})


NO_HELM = 'command test it failed: : exec: "helm": executable file not found in $PATH'
ROWS = {
    "healthz": Row("/healthz", "", 200, "OK", method="GET"),
    "healthz-any-method": Row("/healthz", "", 200, "OK", method="DELETE"),
    "approve": Row("/gate/approve", "", 200, "OK"),
    "approve-get": Row("/gate/approve", "", 200, "OK", method="GET"),
    "approve-reads-no-body": Row("/gate/approve", "not json", 200, "OK"),
    "halt": Row("/gate/halt", "", 403, "Forbidden"),
    "halt-reads-no-body": Row("/gate/halt", "[", 403, "Forbidden"),
    "check-never-opened": Row("/gate/check", canary("a"), 403, "Forbidden"),
    "open": Row("/gate/open", canary("b"), 202),
    "open-any-method": Row("/gate/open", canary("b2"), 202, method="PUT"),
    "open-twice": Row("/gate/open", canary("c"), 202, before=("/gate/open",)),
    "close": Row("/gate/close", canary("d"), 202),
    "close-twice": Row("/gate/close", canary("e"), 202, before=("/gate/close",)),
    "check-open": Row("/gate/check", canary("f"), 200, "Approved", before=("/gate/open",)),
    "check-open-get": Row(
        "/gate/check", canary("f2"), 200, "Approved", before=("/gate/open",), method="GET"
    ),
    "check-closed": Row(
        "/gate/check", canary("g"), 403, "Forbidden", before=("/gate/open", "/gate/close")
    ),
    "rollback-never-opened": Row("/rollback/check", canary("h"), 403, "Forbidden"),
    "rollback-open": Row(
        "/rollback/check", canary("i"), 200, "Approved", before=("/rollback/open",)
    ),
    "rollback-closed": Row(
        "/rollback/check",
        canary("j"),
        403,
        "Forbidden",
        before=("/rollback/open", "/rollback/close"),
    ),
    "gate-is-not-rollback": Row(
        "/rollback/check", canary("k"), 403, "Forbidden", before=("/gate/open",)
    ),
    "rollback-is-not-gate": Row(
        "/gate/check", canary("l"), 403, "Forbidden", before=("/rollback/open",)
    ),
    "gate-null": Row("/gate/check", "null", 403, "Forbidden"),
    "gate-object": Row("/gate/check", "{}", 403, "Forbidden"),
    "rollback-null": Row("/rollback/check", "null", 403, "Forbidden"),
    "task-null": Row("/", "null", 400, "metadata not found in payload"),
    "task-object": Row("/", "{}", 400, "metadata not found in payload"),
    "metadata-empty": Row("/", '{"metadata":{}}', 400, "metadata not found in payload"),
    "metadata-null": Row("/", '{"metadata":null}', 400, "metadata not found in payload"),
    "no-cmd": Row("/", task(key="value"), 400, "cmd not found in metadata"),
    "no-cmd-type": Row("/", task(type="cmd"), 400, "cmd not found in metadata"),
    "cmd": Row("/", task(cmd="true"), 202),
    "cmd-typed": Row("/", task(type="cmd", cmd="true # typed"), 202),
    "cmd-empty": Row("/", task(cmd=""), 202),
    "cmd-failing": Row("/", task(cmd="false"), 202),
    "cmd-any-path": Row("/some/where", task(cmd="true # path"), 202),
    "cmd-below-gate": Row("/gate/check/", task(cmd="true # below"), 202),
    "cmd-any-method": Row("/", task(cmd="true # method"), 202, method="PATCH"),
    "cmd-get": Row("/", task(cmd="true # get"), 202, method="GET"),
    "cmd-odd-method": Row("/", task(cmd="true # odd"), 202, method="PROPFIND"),
    "bash-ok": Row("/", task(type="bash", cmd="echo hello"), 200),
    "bash-absent": Row("/", task(type="bash"), 200),
    "bash-fails": Row(
        "/", task(type="bash", cmd="false"), 500, "command false failed: : exit status 1"
    ),
    "bash-fails-aloud": Row(
        "/",
        task(type="bash", cmd="echo out; echo err >&2; exit 3"),
        500,
        "command echo out; echo err >&2; exit 3 failed: out\nerr\n: exit status 3",
    ),
    "bash-signal": Row(
        "/", task(type="bash", cmd="kill -9 $$"), 500, "command kill -9 $$ failed: : signal: killed"
    ),
    "bash-is-bash": Row(
        "/", task(type="bash", cmd="[[ a == a ]] && echo yes", returnCmdOutput="true"), 200, "yes\n"
    ),
    "output-both": Row(
        "/", task(type="bash", cmd="echo a; echo b >&2", returnCmdOutput="1"), 200, "a\nb\n"
    ),
    **{
        f"output-{text}": Row(
            "/", task(type="bash", cmd="echo x", returnCmdOutput=text), 200, "x\n"
        )
        for text in ("1", "t", "T", "TRUE", "true", "True")
    },
    **{
        f"no-output-{text}": Row("/", task(type="bash", cmd="echo x", returnCmdOutput=text), 200)
        for text in ("0", "f", "false", "tRuE", "yes", "")
    },
    "helm": Row("/", task(type="helm", cmd="test it"), 500, NO_HELM),
    "helmv3": Row("/", task(type="helmv3", cmd="test it"), 500, NO_HELM),
    "kubectl-usage": Row("/", task(type="kubectl"), 200),
    "kubectl-fields": Row(
        "/", task(type="kubectl", cmd=" 'a  b' \t c ", returnCmdOutput="t"), 200, "<'a><b'><c>\n"
    ),
    "kubectl-fails": Row(
        "/", task(type="kubectl", cmd="fail"), 500, "command fail failed: <fail>\n: exit status 1"
    ),
    "concord-bad": Row("/", task(type="concord"), 500, "`server` is required with type concord"),
    "ngrinder-bad": Row(
        "/",
        task(type="ngrinder", server="http://x"),
        400,
        "server, clone, username and passwd are required metadata",
    ),
    "unknown-type": Row("/", task(type="nope", cmd="true"), 400, "unknown task type nope"),
    "empty-type": Row("/", task(type="", cmd="true"), 400, "unknown task type "),
}

MALFORMED = {
    "empty": "",
    "space": "  ",
    "not-json": "hello",
    "open-ended": '{"name":"a"',
    "array": "[]",
    "string": '"a"',
    "number": "5",
    "boolean": "true",
    "name-number": '{"name":5}',
    "phase-object": '{"phase":{}}',
    "metadata-string": '{"metadata":"a"}',
    "metadata-array": '{"metadata":[]}',
    "metadata-value-number": '{"metadata":{"cmd":5}}',
    "metadata-value-boolean": '{"metadata":{"cmd":true}}',
    "trailing": '{"metadata":{"cmd":"true"}} x',
    "two": "{} {}",
    "nan": '{"x":NaN}',
    "control": '{"name":"a\nb"}',
    "single-quotes": "{'name':'a'}",
}
PARSING = ["/", "/gate/check", "/gate/open", "/gate/close"]
PARSING += ["/rollback/check", "/rollback/open", "/rollback/close", "/any"]


@pytest.fixture(scope="module")
def parity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A load tester whose PATH holds a kubectl that shows its arguments, and no helm."""
    folder = Path(tmp_path_factory.mktemp("data"))
    tools = folder / "tools"
    tools.mkdir()
    kubectl = tools / "kubectl"
    kubectl.write_text(
        '#!/bin/sh\n[ $# = 0 ] && exit 0\nprintf "<%s>" "$@"; echo\n[ "$1" != fail ]\n'
    )
    kubectl.chmod(0o755)
    for program in ("sh", "bash", "sleep", "true", "false"):
        (tools / program).symlink_to(f"/bin/{program}")
    with loadtester(folder, "--store", "memory", env={"PATH": str(tools)}) as running:
        yield running


@pytest.mark.parametrize("name", ROWS)
def test_row(parity: Running, name: str) -> None:
    row = ROWS[name]
    for path in row.before:
        assert parity.http.request("POST", path, content=row.body).status_code == 202
    answer = parity.http.request(row.method, row.path, content=row.body)
    assert (answer.status_code, answer.text) == (row.status, row.answer)
    assert answer.headers.get("content-type") == (TEXT if row.answer else None)


@pytest.mark.parametrize("path", PARSING)
@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_is_400_and_empty(parity: Running, path: str, name: str) -> None:
    answer = parity.http.post(path, content=MALFORMED[name])
    assert (answer.status_code, answer.content) == (400, b"")
    assert "content-type" not in answer.headers


LENIENT = {
    "any-case": '{"NAME":"%s","NameSpace":"test"}',
    "unknown-fields": '{"name":"%s","namespace":"test","more":[1,{"x":null}],"metadata":{"a":"b"}}',
    "last-duplicate": '{"name":"x","name":"%s","namespace":"test"}',
    "null-keeps": '{"name":"%s","name":null,"namespace":"test"}',
    "escapes": '{"na\\u006de":"%s","namespace":"test"}',
    "kelvin-and-long-s": '{"name":"%s","name\\u017fpace":"test"}',
}


@pytest.mark.parametrize("name", LENIENT)
def test_json_is_read_as_leniently_as_go_does(parity: Running, name: str) -> None:
    gate = f"lenient-{name}"
    assert parity.http.post("/gate/open", content=LENIENT[name] % gate).status_code == 202
    assert parity.post("/gate/check", {"name": gate, "namespace": "test"}).status_code == 200


def test_metadata_of_a_duplicate_adds_up(parity: Running) -> None:
    body = '{"metadata":{"type":"bash","cmd":"false"},"METADATA":{"cmd":"true"}}'
    assert parity.http.post("/", content=body).status_code == 200


def test_cmd_answers_at_once_and_runs_by_sh(parity: Running, tmp_path: Path) -> None:
    file = tmp_path / "done"
    started = time.monotonic()
    assert parity.task({"cmd": f'sleep 0.5; echo "$0" > {file}'}).status_code == 202
    assert not file.exists()
    until(file.exists, "the command to run")
    assert time.monotonic() - started >= 0.5
    until(lambda: file.read_text() == "sh\n", "the output")


def test_the_same_command_never_runs_twice_at_once(parity: Running, tmp_path: Path) -> None:
    """Flagger's own case: two commands of 0.6 s and 0.7 s, each added three times."""
    file = tmp_path / "count"
    commands = [f"echo {n} >> {file}; sleep 0.{n}" for n in (6, 7)]
    for expected in (2, 4):
        for _ in range(3):
            for command in commands:
                assert parity.task({"cmd": command}, name="dedup").status_code == 202
        _wait_for(parity, commands, expected)
        assert len(file.read_text().split()) == expected
    assert parity.logged(f"command skipped {commands[0]} is already running")


def _wait_for(parity: Running, commands: list[str], count: int) -> None:
    until(lambda: _finished(parity, commands) == count, "the runs to end")


def _finished(parity: Running, commands: list[str]) -> int:
    ended = [f"command finished {command}" for command in commands]
    return sum(line["msg"] in ended for line in parity.log())


def test_the_same_command_of_two_canaries_runs_twice(parity: Running, tmp_path: Path) -> None:
    command = f"echo x >> {tmp_path}/count; sleep 0.3"
    for name in ("one", "two"):
        assert parity.task({"cmd": command}, name=name).status_code == 202
    until(lambda: (tmp_path / "count").exists(), "a run")
    until(lambda: (tmp_path / "count").read_text() == "x\nx\n", "both runs")


def test_output_is_logged_as_asked(parity: Running) -> None:
    parity.task({"cmd": "echo from-cmd-loud", "logCmdOutput": "true"})
    parity.task({"cmd": "echo from-cmd-quiet"})
    parity.task({"type": "bash", "cmd": "echo from-bash"})
    until(lambda: parity.logged("command finished echo from-cmd-quiet"), "the quiet one")
    until(lambda: parity.logged("from-cmd-loud"), "the loud one")
    assert parity.logged("from-bash")
    assert not parity.logged("from-cmd-quiet")


def test_log_lines_name_canary_task_and_run(parity: Running) -> None:
    parity.task({"type": "bash", "cmd": "true # labels"}, name="labels")
    line = next(line for line in parity.log() if line["msg"] == "task starting true # labels")
    assert line["canary"] == "labels.flagger"
    assert line["task"] == "bash"
    assert len(line["run"]) == 12


def test_a_client_that_leaves_does_not_end_its_command(parity: Running, tmp_path: Path) -> None:
    file = tmp_path / "done"
    with pytest.raises(httpx2.ReadTimeout):
        parity.task({"type": "bash", "cmd": f"sleep 0.6; echo x >> {file}"}, timeout=0.2)
    again = parity.task({"type": "bash", "cmd": f"sleep 0.6; echo x >> {file}"})
    assert again.status_code == 200
    assert file.read_text() == "x\n"


def test_metrics_are_there(parity: Running) -> None:
    text = parity.http.get("/metrics").text
    assert "process_cpu_seconds_total" in text


def test_namespace_regexp_is_unanchored_and_for_tasks_only(tmp_path: Path) -> None:
    with loadtester(tmp_path, "-namespace-regexp", "flag+er", "--store=memory") as running:
        for namespace, status in (("flagger-system", 202), ("my-flagger", 202), ("default", 403)):
            answer = running.post("/", {"namespace": namespace, "metadata": {"cmd": "true"}})
            assert answer.status_code == status
            assert answer.text == ("Forbidden" if status == 403 else "")
            gate = running.post("/gate/open", {"name": "a", "namespace": namespace})
            assert gate.status_code == 202


def test_a_deadline_kills_the_whole_group(tmp_path: Path) -> None:
    """Go kills the shell alone, and then waits for whoever holds its output."""
    with loadtester(tmp_path, "-timeout", "500ms") as running:
        command = "sleep 300 | cat; true"
        answer = running.task({"type": "bash", "cmd": command})
        assert answer.status_code == 500
        assert answer.text == f"command {command} failed: : signal: killed"


def test_go_escapes_reach_the_shell_as_they_were_meant(parity: Running) -> None:
    body = (
        '{"name":"a","namespace":"b","phase":"","checksum":"",'
        '"metadata":{"cmd":"true \\u0026\\u0026 echo ok \\u003e\\u00262",'
        '"returnCmdOutput":"true","type":"bash"}}'
    )
    answer = parity.http.post("/", content=body)
    assert (answer.status_code, answer.text) == (200, "ok\n")
