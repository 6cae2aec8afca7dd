import json
import socket
import subprocess
import sys
import time
from pathlib import Path

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


def test_sigterm_records_what_a_load_run_had_measured(tmp_path: Path) -> None:
    with target() as shop, loadtester(tmp_path) as running:
        running.task({"cmd": f"hey -z 10m -q 20 -c 1 {shop.url}/"})
        until(lambda: len(shop.asked) > 5, "some load")
        assert running.stop() == 0
        asked = len(shop.asked)
    with loadtester(tmp_path) as running:
        (run,) = running.http.get("/api/runs").json()
    assert run["state"] == "passed"
    assert run["summary"]["requests"] == asked


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
        assert told == b"command sleep 300 failed: : signal: terminated"


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
