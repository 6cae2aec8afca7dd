"""The process: how it starts, drains and stops."""

import gc
import io
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from detail_service import serving
from detail_service.__main__ import main
from detail_service.frontend.__main__ import main as frontend_main
from tests.detail_service.support import daemon, eventually, process, read_all


def ready(port: int) -> int:
    return httpx2.get(f"http://127.0.0.1:{port}/readyz").status_code


def test_sigterm_drains_and_then_stops_cleanly() -> None:
    with process("--app-version", "3.0", "--drain-seconds", "1") as (child, port):
        assert ready(port) == 200
        began = time.monotonic()
        child.send_signal(signal.SIGTERM)
        eventually(lambda: ready(port) == 503)
        during = httpx2.get(f"http://127.0.0.1:{port}/catalogDetail")
        code = child.wait(10)

    assert during.status_code == 200
    assert during.json()["version"] == "3"
    assert during.headers["connection"] == "close"
    assert code == 0
    assert time.monotonic() - began >= 1


def test_a_second_signal_stops_at_once() -> None:
    with process("--drain-seconds", "60") as (child, port):
        child.send_signal(signal.SIGTERM)
        eventually(lambda: ready(port) == 503)
        child.send_signal(signal.SIGTERM)

        assert child.wait(5) == 0


def test_the_second_signal_waits_for_nobody() -> None:
    with process("--drain-seconds", "60") as (child, port):
        httpx2.get(f"http://127.0.0.1:{port}/injectFault?kind=delay&delay=30s")
        with socket.create_connection(("127.0.0.1", port), 10) as connection:
            connection.sendall(b"GET /catalogDetail HTTP/1.1\r\nHost: x\r\n\r\n")
            child.send_signal(signal.SIGTERM)
            eventually(lambda: ready(port) == 503)
            child.send_signal(signal.SIGTERM)

            assert child.wait(5) == 0


def test_a_person_at_the_terminal_need_not_wait() -> None:
    with process("--drain-seconds", "60") as (child, _):
        child.send_signal(signal.SIGINT)

        assert child.wait(5) == 0


def test_requests_in_flight_finish() -> None:
    with process("--drain-seconds", "0.2") as (child, port):
        httpx2.get(f"http://127.0.0.1:{port}/injectFault?kind=delay&delay=1500ms")
        with socket.create_connection(("127.0.0.1", port), 10) as connection:
            connection.sendall(b"GET /catalogDetail HTTP/1.1\r\nHost: x\r\n\r\n")
            time.sleep(0.2)
            child.send_signal(signal.SIGTERM)
            response = read_all(connection)

        assert response.startswith(b"HTTP/1.1 200 OK")
        assert response.endswith(b"]}")
        assert child.wait(10) == 0


def test_a_request_that_never_ends_does_not_keep_the_process() -> None:
    with process("--drain-seconds", "0", "--grace-seconds", "1") as (child, port):
        httpx2.get(f"http://127.0.0.1:{port}/injectFault?kind=hang")
        with socket.create_connection(("127.0.0.1", port), 10) as connection:
            connection.sendall(b"GET /catalogDetail HTTP/1.1\r\nHost: x\r\n\r\n")
            time.sleep(0.2)
            child.send_signal(signal.SIGTERM)

            assert child.wait(10) == 0


def test_a_crash_ends_the_process_with_its_code() -> None:
    with process() as (child, port):
        httpx2.get(f"http://127.0.0.1:{port}/injectFault?kind=crash&exit_code=42")
        with pytest.raises(httpx2.TransportError):
            httpx2.get(f"http://127.0.0.1:{port}/catalogDetail")

        assert child.wait(5) == 42


def test_a_port_that_is_taken_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert main(["--port", str(port)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"detail: cannot listen on 127.0.0.1:{port}: Address already in use")
    assert "--port" in line


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (["--app-version", "9.9"], "APP_VERSION"),
        (["--port", "http"], "--port"),
        (["--drain-seconds", "-1"], "--drain-seconds"),
        (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1:3000"),
        (["--host", ""], "--host"),
        (["--vendors", "\ud800"], "--vendors"),
        (["--fault-token", "ü"], "--fault-token"),
        (["--nosuch"], "--nosuch"),
    ],
)
def test_a_wrong_setting_is_one_line_and_exit_code_2(
    argv: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert word in line


@pytest.mark.parametrize("address", ["nowhere", "127.0.0.1:99999"])
@pytest.mark.parametrize("module", ["detail_service", "detail_service.frontend"])
def test_an_unreadable_daemon_address_is_one_line_and_exit_code_2(
    module: str, address: str
) -> None:
    run = subprocess.run(
        [sys.executable, "-m", module, "--port", "0"],
        env={"AWS_XRAY_DAEMON_ADDRESS": address},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert run.returncode == 2
    (line,) = run.stderr.splitlines()
    assert f"AWS_XRAY_DAEMON_ADDRESS: {address!r} is not an address" in line


def test_the_port_0_asks_for_any_and_the_log_says_which() -> None:
    with process() as (_, first), process() as (_, second):
        assert first != second
        assert ready(first) == ready(second) == 200


@pytest.mark.parametrize("enabled", [True, False])
def test_the_environment_switches_tracing(enabled: bool) -> None:
    header = {"X-Amzn-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"}
    environment = {"AWS_XRAY_SDK_ENABLED": str(enabled).lower(), "AWS_XRAY_TRACING_NAME": "Shop"}
    with (
        daemon() as server,
        process("--drain-seconds", "0", AWS_XRAY_DAEMON_ADDRESS=server.address, **environment) as (
            _,
            port,
        ),
    ):
        response = httpx2.get(f"http://127.0.0.1:{port}/catalogDetail", headers=header)
        received = [one["name"] for one in server.receive(1)] if enabled else []
        metrics = httpx2.get(f"http://127.0.0.1:{port}/metrics").text

    assert response.status_code == 200
    assert ("x-amzn-trace-id" in response.headers) is enabled
    assert received == ["Shop"] * enabled
    assert f"xray_segments_sent_total {int(enabled)}.0" in metrics


class InProcess:
    """A program's `main`, in a thread of this process, and the server that it made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.servers: list[serving.Server] = []
        create = serving.create_server

        def kept(*args: Any, **options: Any) -> serving.Server:
            self.servers.append(create(*args, **options))
            return self.servers[-1]

        monkeypatch.setattr(serving, "create_server", kept)
        monkeypatch.setattr(gc, "freeze", lambda: None)

    def start(self, main: Callable[[list[str]], int], *argv: str) -> tuple[serving.Server, int]:
        self.codes: list[int] = []
        self.thread = threading.Thread(target=lambda: self.codes.append(main(list(argv))))
        self.thread.start()
        server: serving.Server = eventually(
            lambda: self.servers and self.servers[0].started and self.servers[0]
        )
        return server, server.servers[0].sockets[0].getsockname()[1]

    def wait(self) -> int:
        self.thread.join(10)
        return self.codes[0]


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch, log_stream: io.StringIO) -> InProcess:
    return InProcess(monkeypatch)


@pytest.mark.parametrize("program", [main, frontend_main], ids=["detail", "frontend"])
def test_a_program_serves_drains_and_ends(
    in_process: InProcess, program: Callable[[list[str]], int]
) -> None:
    server, port = in_process.start(program, "--port", "0", "--drain-seconds", "0.3")
    assert ready(port) == 200
    server.handle_exit(signal.SIGTERM, None)
    eventually(lambda: ready(port) == 503)
    drained = httpx2.get(f"http://127.0.0.1:{port}/ping")

    assert drained.headers["connection"] == "close"
    assert in_process.wait() == 0


def test_a_second_signal_cuts_off_what_still_runs(in_process: InProcess) -> None:
    server, port = in_process.start(main, "--port", "0", "--drain-seconds", "60")
    httpx2.get(f"http://127.0.0.1:{port}/injectFault?kind=hang")
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(b"GET /catalogDetail HTTP/1.1\r\nHost: x\r\n\r\n")
        eventually(lambda: server.server_state.tasks)
        server.handle_exit(signal.SIGTERM, None)
        server.handle_exit(signal.SIGTERM, None)

        assert in_process.wait() == 0


@pytest.mark.parametrize(("soft", "hard"), [(100, 200), (100, 20_000), (100, -1)])
def test_the_limit_of_open_files_is_raised_as_far_as_it_may_be(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int
) -> None:
    assert resource.RLIM_INFINITY == -1
    limits = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: limits.append(pair))
    serving.raise_file_limit(1000)

    assert limits == [(200 if hard == 200 else 1128, hard)]


@pytest.mark.parametrize("program", [main, frontend_main])
def test_settings_can_be_checked_without_serving(
    program: Callable[[list[str]], int], capfd: pytest.CaptureFixture[str]
) -> None:
    assert program(["--check", "--port", "1"]) == 0
    assert capfd.readouterr() == ("the settings can be used\n", "")


@pytest.mark.parametrize(
    ("program", "variable", "value"),
    [
        (main, "DETAIL_DRAIN_SECONDS", "5s"),
        (main, "AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:99999"),
        (main, "OTEL_EXPORTER_OTLP_ENDPOINT", "x"),
        (frontend_main, "FRONTEND_TIMEOUT", "5s"),
        (frontend_main, "AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:99999"),
    ],
)
def test_a_check_says_what_a_start_would_say(
    program: Callable[[list[str]], int],
    variable: str,
    value: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, value)
    assert program(["--check"]) == 2
    assert f"{variable}: {value!r} is not " in capfd.readouterr().err
