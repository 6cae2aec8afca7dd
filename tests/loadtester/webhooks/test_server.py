import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.loadtester.webhooks.running import environment, loadtester, processes_with, until
from tests.loadtester.webhooks.target import target


def start(*flags: str, **env: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "loadtester", *flags]
    return subprocess.run(argv, capture_output=True, text=True, env=environment(**env), timeout=30)


def test_a_taken_port_is_one_line_and_exit_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = start("-port", str(port), "--data-dir", str(tmp_path))
    assert ended.returncode == 2
    assert ended.stderr == (
        f"loadtester: cannot listen on 127.0.0.1:{port}: Address already in use; "
        "choose another with --host and --port\n"
    )


def test_a_missing_bash_is_one_line_and_exit_2(tmp_path: Path) -> None:
    (tmp_path / "sh").symlink_to("/bin/sh")
    ended = start("--port=0", PATH=str(tmp_path), LOADTESTER_DATA_DIR=str(tmp_path))
    assert ended.returncode == 2
    assert ended.stderr == (
        "loadtester: bash is not in PATH: install it, or start with --no-shell\n"
    )


def test_a_store_that_cannot_be_opened_is_one_line_and_exit_2(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    ended = start("--port=0", "--data-dir", str(tmp_path / "file"))
    assert ended.returncode == 2
    assert ended.stderr.startswith("loadtester: --store sqlite: ")
    assert ended.stderr.count("\n") == 1


def test_sigterm_tells_background_tasks_and_leaves_nothing(tmp_path: Path) -> None:
    mark = f"mark-{time.monotonic_ns()}"
    with loadtester(tmp_path, env={"WITNESS": mark}) as running:
        running.task({"cmd": "sleep 300 & sleep 301"})
        until(lambda: len(processes_with(mark)) >= 5, "the shell and its children")
        assert running.stop() == 0
        assert processes_with(mark) == []
        assert running.logged("shutting down the task runner")
        assert running.logged("HTTP server stopped")


@pytest.mark.slow
def test_sigterm_records_what_a_load_run_had_measured(tmp_path: Path) -> None:
    with target() as shop, loadtester(tmp_path) as running:
        running.task({"cmd": f"hey -z 10m -q 20 -c 1 {shop.url}/"})
        until(lambda: len(shop.asked) > 5, "some load")
        assert running.stop() == 0
        asked = len(shop.asked)
    with loadtester(tmp_path) as running:
        (run,) = running.http.get("/api/runs").json()
    assert run["state"] == "interrupted"
    assert run["error"] == "interrupted: the load tester is shutting down"
    assert run["summary"]["requests"] == asked


ENDLESS = {
    "cmd": {"cmd": "echo $$; sleep 300"},
    "a cmd that ends well when it is told": {"cmd": "trap 'exit 0' TERM; sleep 300 & wait"},
    "hey": {"cmd": "hey -z 10m -q 20 -c 1 URL/"},
    "hey with a threshold": {"cmd": "hey -z 10m -q 20 -c 1 --threshold 'requests>1000' URL/"},
    "loadtest": {"type": "loadtest", "url": "URL/", "rate": "20", "duration": "10m"}
    | {"thresholds": "requests>1000"},
    "locust": {"type": "locust", "host": "URL", "users": "1", "runTime": "10m"},
    "http": {"type": "http", "url": "URL/missing", "status": "404", "retryFor": "10m"},
}


@pytest.mark.slow
@pytest.mark.parametrize("metadata", ENDLESS.values(), ids=ENDLESS)
@pytest.mark.parametrize("ending", ["sigterm", "stop"])
def test_an_interruption_of_ours_is_never_told_to_the_canary(
    tmp_path: Path, metadata: dict[str, str], ending: str
) -> None:
    """The call that would ask for the verdict starts the run again, after a restart as well."""
    with target() as shop:
        metadata = {name: text.replace("URL", shop.url) for name, text in metadata.items()}
        metadata["verdict"] = "later"
        with loadtester(tmp_path) as running:
            assert running.task(metadata).status_code == 202
            until(lambda: running.logged("task starting"), "the run to start")
            time.sleep(1)
            assert running.task(metadata).status_code == 200
            (run,) = running.http.get("/api/runs").json()
            if ending == "stop":
                assert running.http.post(f"/api/runs/{run['id']}/stop").status_code == 202
                until(lambda: running.logged("command interrupted"), "the run to end", 25.0)
                assert running.task(metadata).status_code == 202
            assert running.stop() == 0
        with loadtester(tmp_path) as running:
            states = {run["state"] for run in running.http.get("/api/runs").json()}
            assert states == {"interrupted"}
            assert running.task(metadata).status_code == 202
            text = running.http.get("/metrics").text
            assert 'result="failed"' not in text
            assert 'result="passed"' not in text


@pytest.mark.slow
def test_a_verdict_is_kept_until_it_was_told(tmp_path: Path) -> None:
    asked = {"cmd": "echo why; exit 3", "verdict": "later"}
    with loadtester(tmp_path, "--history", "3") as running:
        assert running.task(asked, checksum="c1").status_code == 202
        until(lambda: running.logged("command failed"), "the run to fail")
        for number in range(8):
            running.task({"type": "bash", "cmd": f"true {number}"})
    with loadtester(tmp_path, "--history", "3") as running:
        for number in range(4):
            running.task({"cmd": f"true {number}", "verdict": "later"}, name="other")
        for _ in range(2):
            answer = running.task(asked, checksum="c1")
            assert (answer.status_code, answer.text) == (412, "cmd failed: exit status 3")


@pytest.mark.slow
def test_without_its_folder_nothing_is_acknowledged(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with loadtester(tmp_path, "--data-dir", str(data)) as running:
        assert running.post("/gate/open", {"name": "a"}).status_code == 202
        data.rename(tmp_path / "elsewhere")
        for path in ("/gate/open", "/gate/close", "/rollback/open"):
            answer = running.post(path, {"name": "b"})
            assert answer.status_code == 503
            assert "was removed or replaced" in answer.text
        assert running.task({"cmd": "true"}).status_code == 503
        ready = running.http.get("/readyz")
        assert ready.status_code == 503
        assert "was removed or replaced" in ready.text
        assert running.http.get("/healthz").status_code == 200
        (tmp_path / "elsewhere").rename(data)
        until(lambda: running.http.get("/readyz").status_code == 200, "the store to be back")
        assert running.post("/gate/open", {"name": "b"}).status_code == 202


@pytest.mark.slow
def test_sigterm_lets_a_waiting_caller_have_the_answer(tmp_path: Path) -> None:
    flag = tmp_path / "go"
    with loadtester(tmp_path) as running:
        wait = f"touch {tmp_path}/started; while [ ! -e {flag} ]; do sleep 0.05; done; echo done"
        argv = ["curl", "-s", f"http://127.0.0.1:{running.port}/", "-d"]
        metadata = {"type": "bash", "returnCmdOutput": "1", "cmd": wait}
        payload = json.dumps({"metadata": metadata})
        with subprocess.Popen([*argv, payload], stdout=subprocess.PIPE) as caller:
            until((tmp_path / "started").exists, "the task to start")
            running.process.terminate()
            until(lambda: running.logged("shutting down"), "the shutdown")
            assert running.http.get("/readyz").status_code == 503
            assert running.task({"cmd": "true"}).status_code == 503
            flag.touch()
            assert caller.communicate(timeout=20)[0] == b"done\n"
        assert running.process.wait(20) == 0


def test_grace_is_the_limit_of_patience(tmp_path: Path) -> None:
    with loadtester(tmp_path, "--shutdown-grace", "200ms") as running:
        curl = ["curl", "-s", f"http://127.0.0.1:{running.port}/", "-d"]
        payload = '{"metadata":{"type":"bash","cmd":"sleep 300"}}'
        with subprocess.Popen([*curl, payload], stdout=subprocess.PIPE) as caller:
            until(lambda: running.logged("task starting sleep 300"), "the task to start")
            assert running.stop() == 0
            told = caller.communicate(timeout=20)[0]
        assert told == b"interrupted: the load tester is shutting down"


def test_sigkill_of_the_server_takes_its_tasks_along(tmp_path: Path) -> None:
    mark = f"mark-{time.monotonic_ns()}"
    with loadtester(tmp_path, env={"WITNESS": mark}) as running:
        running.task({"cmd": "setsid sleep 300 & (sleep 301; true)"})
        until(lambda: len(processes_with(mark)) >= 6, "the shell and its children")
        running.process.kill()
        running.process.wait()
        until(lambda: processes_with(mark) == [], "every child to die")


def test_go_style_flags(tmp_path: Path) -> None:
    with loadtester(tmp_path, "-port=0", "-timeout", "1h", "-zap-replace-globals=false") as running:
        assert running.http.get("/healthz").text == "OK"
