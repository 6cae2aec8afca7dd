"""The program as its user meets it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.xray_local.documents import datagram, document
from tests.xray_local.program import wait_until, xray_program
from xray_local.status import Running

XRAY = [sys.executable, "-m", "xray_local", "--port", "0", "--otlp-port", "0"]


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*XRAY, *arguments], capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, **environ},
    )  # fmt: skip


def send(program: Running, *datagrams: bytes) -> None:
    host, port = program.daemon.address.rsplit(":", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for one in datagrams:
            sender.sendto(one, (host, int(port)))


def test_datagrams_are_kept_and_counted() -> None:
    with xray_program() as program:
        large = document("a", "2" * 16, metadata={"n": {"k": "x" * 65_000}})
        send(program, datagram(document("a", "1" * 16)), b"junk", datagram(large)[:65_507])
        wait_until(lambda: program.daemon.datagrams == 3)
        status = httpx2.get(f"{program.api}/status", trust_env=False).json()
        assert status["traces"] == 1
        assert status["malformed"] == {"header": 1}
        assert status["spans_received"] == 2


def test_pages_stand_beside_the_api() -> None:
    with xray_program() as program:
        send(program, datagram(document("shop", "1" * 16)))
        wait_until(lambda: len(program.store) == 1)
        page = httpx2.get(f"{program.api}/", trust_env=False)
        assert page.headers["content-type"].startswith("text/html")
        assert "shop" in page.text
        assert httpx2.get(f"{program.api}/nowhere", trust_env=False).status_code == 404


def test_udp_and_tcp_share_a_port() -> None:
    with xray_program() as program:
        assert program.api.endswith(program.daemon.address)


def test_a_port_in_use_is_one_line_and_2() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for flag in ("--port", "--otlp-port"):
            found = run(flag, str(port))
            assert (found.returncode, found.stdout) == (2, "")
            assert re.fullmatch(rf"xray: cannot listen on .*{port}: .*{flag}\n", found.stderr)


def test_a_udp_port_in_use_is_one_line_and_2() -> None:
    said = []
    for _ in range(10):  # somebody else may hold the TCP port of the same number
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            found = run("--port", str(taken.getsockname()[1]))
        assert found.returncode == 2
        said.append(found.stderr)
        if re.fullmatch(r"xray: cannot listen on UDP .*; choose another.*\n", found.stderr):
            return
    raise AssertionError(said)


@pytest.mark.parametrize(
    "arguments", [("--db", "/proc/version"), ("--sampling-rules", "/none"), ("--age", "x")]
)
def test_a_mistake_is_one_line_and_2(arguments: tuple[str, ...]) -> None:
    found = run(*arguments)
    assert (found.returncode, found.stdout) == (2, "")
    assert len(found.stderr.splitlines()) == 1


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_ends_clean(tmp_path: Path, sign: int) -> None:
    def reset() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)

    with subprocess.Popen(
        [*XRAY, "--db", str(tmp_path / "t.db")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=reset,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(5)]
        address = re.search(r"AWS_XRAY_DAEMON_ADDRESS=(\S+):(\d+)", "".join(lines))
        assert address is not None
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(datagram(document("a", "1" * 16)), (address[1], int(address[2])))
        process.send_signal(sign)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, err) == (0, "")
        assert out == "stopped: 1 spans received\n"
    again = run("--db", str(tmp_path / "t.db"), "--otlp-port", "1", XRAY_HOST="192.0.2.1")
    assert again.returncode == 2


def test_passing_on_to_itself_is_refused() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    found = run("--otlp-port", str(port), OTEL_EXPORTER_OTLP_ENDPOINT=address)
    assert found.returncode == 2
    assert "round in a circle" in found.stderr


def test_old_traces_go_by_themselves() -> None:
    from xray_local.store import Limits

    with xray_program(limits=Limits(age_s=0.2)) as program:
        send(program, datagram(document("a", "1" * 16)))
        wait_until(lambda: program.store.dropped == {"age": 1})
        status = httpx2.get(f"{program.api}/status", trust_env=False).text
        assert json.loads(status)["dropped"] == {"age": 1}
