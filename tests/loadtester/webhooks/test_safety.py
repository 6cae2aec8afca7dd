"""A hostile cluster, over real HTTP."""

import base64
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from loadtester.webhooks.access.auth import sign
from tests.loadtester.webhooks.running import Running, loadtester, processes_with, until

PAYLOAD = b'{"metadata":{"type":"bash","cmd":"true"}}'


def test_a_token_is_asked_of_everybody_but_probes(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t0ken\n")
    with loadtester(tmp_path, f"--token-file={tmp_path}/token") as running:
        for path in ("/", "/gate/approve", "/gate/check", "/api/runs", "/ui", "/metrics", "/x"):
            answer = running.http.post(path, content=PAYLOAD)
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"] == 'Basic realm="loadtester"'
        assert running.http.get("/healthz").status_code == 200
        assert running.http.get("/readyz").status_code == 200
        bearer = {"Authorization": "Bearer t0ken"}
        assert running.http.post("/", content=PAYLOAD, headers=bearer).status_code == 200
        in_url = {"Authorization": "Basic " + base64.b64encode(b"flagger:t0ken").decode()}
        assert running.http.post("/", content=PAYLOAD, headers=in_url).status_code == 200
        assert "t0ken" not in running.log_path.read_text()


def test_a_signed_request_will_do_once(tmp_path: Path) -> None:
    twins = {"LOADTESTER_HMAC_SECRET": "s3cret"}
    with loadtester(tmp_path, env=twins) as running:

        def signed(method: str, path: str, body: bytes) -> dict[str, str]:
            at = f"{time.time():.6f}"
            return {
                "X-Signature-256": sign("s3cret", method, path, at, body),
                "X-Signature-Time": at,
            }

        headers = signed("POST", "/a%20b?c=d", PAYLOAD)
        post = running.http.post
        assert post("/a%20b?c=d", content=PAYLOAD + b" ", headers=headers).status_code == 401
        assert post("/gate/open", content=PAYLOAD, headers=headers).status_code == 401
        assert post("/a%20b?c=d", content=PAYLOAD, headers=headers).status_code == 200
        assert post("/a%20b?c=d", content=PAYLOAD, headers=headers).status_code == 401
        assert running.http.get("/api/runs", headers=signed("GET", "/api/runs", b"")).json()
        empty = signed("POST", "/gate/check", b"")
        assert running.http.get("/api/runs", headers=empty).status_code == 401


def test_a_rebound_name_is_not_ours(tmp_path: Path) -> None:
    with loadtester(tmp_path, "--allow-host", "tester.example") as running:
        for path in ("/", "/gate/open", "/api/runs", "/ui", "/healthz"):
            answer = running.http.post(path, content=PAYLOAD, headers={"Host": "evil.example"})
            assert answer.status_code == 421, path
            assert "see --allow-host" in answer.text
        for host in ("tester.example", "localhost", "127.0.0.1:1", "flagger-loadtester"):
            assert running.http.get("/healthz", headers={"Host": host}).status_code == 200
        assert 'loadtester_refused_total{reason="host"} 5.0' in running.http.get("/metrics").text


def test_no_shell_leaves_load_locust_and_http(tmp_path: Path) -> None:
    with loadtester(tmp_path, "--no-shell", env={"PATH": "/nowhere"}) as running:
        for kind in ("cmd", "bash", "helm", "helmv3", "kubectl", "concord", "ngrinder"):
            answer = running.task({"type": kind, "cmd": "true"})
            assert answer.status_code == 403, kind
            assert answer.text == f"type {kind} is switched off here (--no-shell)"
        for kind in ("loadtest", "http"):
            assert running.task({"type": kind}).text.startswith("url: required")
        assert running.task({"type": "locust"}).text.startswith("host: required")


def test_allowed_commands_and_targets(tmp_path: Path) -> None:
    flags = ("--allow-command", "echo *", "--allow-target", "*.flagger")
    with loadtester(tmp_path, *flags) as running:
        assert running.task({"type": "bash", "cmd": "echo hi"}).status_code == 200
        refused = running.task({"type": "bash", "cmd": "echo hi; id"})
        assert refused.status_code == 403
        assert "--allow-command" in refused.text
        refused = running.task({"type": "loadtest", "url": "http://127.0.0.1:1/"})
        assert refused.status_code == 403
        assert "127.0.0.1:1 is not an allowed target" in refused.text
        text = running.http.get("/metrics").text
        assert 'loadtester_refused_total{reason="policy"} 2.0' in text


def test_beyond_the_cap_it_is_429_with_a_hint(tmp_path: Path) -> None:
    with loadtester(tmp_path, "--max-tasks", "2") as running:
        for number in (1, 2):
            assert running.task({"cmd": f"sleep 30{number}"}).status_code == 202
        refused = running.task({"cmd": "sleep 303"})
        assert refused.status_code == 429
        assert refused.text == "2 of 2 places for tasks are taken"
        assert int(refused.headers["retry-after"]) > 0
        assert running.task({"cmd": "sleep 301"}).status_code == 202
        assert running.post("/gate/open", {"name": "a"}).status_code == 202


def test_a_body_is_bounded_announced_or_not(tmp_path: Path) -> None:
    with loadtester(tmp_path, "--max-body-bytes", "1k") as running:
        answer = running.http.post("/gate/open", content=b"x" * 1025)
        assert (answer.status_code, answer.text) == (413, "the body is larger than 1024 bytes")
        chunks = (b"x" * 512 for _ in range(9))
        assert running.http.post("/gate/open", content=chunks).status_code == 413
        padded = b'{"name":"a"}' + b" " * 1012
        assert running.http.post("/gate/open", content=padded).status_code == 202


def test_output_is_bounded(tmp_path: Path) -> None:
    with loadtester(tmp_path, "--max-output-bytes", "1k") as running:
        metadata = {"type": "bash", "cmd": "yes | head -c 100000", "returnCmdOutput": "true"}
        answer = running.task(metadata)
        assert "... 98976 bytes left out ..." in answer.text
        assert len(answer.content) < 1100


def test_secrets_are_not_logged_or_kept(tmp_path: Path) -> None:
    with loadtester(tmp_path) as running:
        command = "echo -u bob:hunter22 $TOKEN; echo 'Authorization: Bearer abcdef'; false"
        running.task({"type": "bash", "cmd": command, "token": "xyzzy1", "x": "y"})
        running.task({"cmd": "echo xyzzy1", "passwd": "xyzzy1", "logCmdOutput": "true"})
        until(lambda: running.logged("command finished echo ***"), "the second command")
        text = running.log_path.read_text() + running.http.get("/api/runs").text
        database = b"".join(file.read_bytes() for file in tmp_path.glob("loadtester.db*"))
        for secret in ("hunter22", "abcdef", "xyzzy1"):
            assert secret not in text
            assert secret.encode() not in database
        assert "-u bob:***" in text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ],
)
def test_a_page_of_another_site_cannot_post(server: Running, headers: dict[str, str]) -> None:
    answer = server.http.post("/", content=PAYLOAD, headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.text


def test_a_client_that_never_ends_its_body_harms_nobody(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as stuck:
        stuck.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert server.http.get("/healthz").status_code == 200
    assert server.http.get("/healthz").status_code == 200


@pytest.mark.slow
def test_200_slow_tasks_and_500_gate_checks_at_once(tmp_path: Path) -> None:
    """No error, nothing waits for the tasks, and no process is left when the server goes."""
    mark = f"mark-{time.monotonic_ns()}"
    with loadtester(tmp_path, env={"WITNESS": mark}) as running, ThreadPoolExecutor(24) as pool:
        running.post("/gate/open", {"name": "open", "namespace": "n"})

        def slow(number: int) -> int:
            command = f"sleep 120 & sleep 12{number % 10}; echo {number}"
            return running.task({"cmd": command}, name=f"c{number}").status_code

        def check(number: int) -> str:
            name = "open" if number % 2 else "closed"
            return running.post("/gate/check", {"name": name, "namespace": "n"}).text

        tasks = [pool.submit(slow, number) for number in range(200)]
        checks = [pool.submit(check, number) for number in range(500)]
        assert [task.result() for task in tasks] == [202] * 200
        assert [done.result() for done in checks] == ["Forbidden", "Approved"] * 250
        until(lambda: len(processes_with(mark)) >= 602, "every shell and its children", 60.0)
        running.process.terminate()
        assert running.process.wait(60) == 0
        assert processes_with(mark) == []
        lines = running.log()
        assert not [line for line in lines if line["level"] == "error"]
        ends = [line["msg"] for line in lines if line["level"] == "warning"]
        assert len(ends) == 200
        assert all(text.startswith("command interrupted sleep") for text in ends)
