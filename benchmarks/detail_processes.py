"""Start servers on one core and load on another, and look at them from outside."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

UVICORN = ("--no-access-log", "--log-level", "warning", "--no-server-header", "--no-proxy-headers",
           "--loop", "uvloop", "--http", "httptools", "--lifespan", "off")  # fmt: skip
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]
DEADLINE_S = 60.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def rival(name: str, port: int) -> list[str]:
    """The command that serves an application of `detail_rivals` on bare uvicorn."""
    factory = [] if name == "bare" else ["--factory"]
    return [sys.executable, "-m", "uvicorn", f"benchmarks.detail_rivals:{name}", *factory,
            "--port", str(port), *UVICORN]  # fmt: skip


def other_server(name: str, port: int) -> list[str]:
    """The command that serves the two lines of ASGI on granian or hypercorn."""
    app = "benchmarks.detail_rivals:bare"
    if name == "granian":
        return [sys.executable, "-m", "granian", "--interface", "asginl", "--loop", "uvloop",
                "--no-access-log", "--log-level", "error", "--port", str(port), app]  # fmt: skip
    return [sys.executable, "-m", "hypercorn", "--worker-class", "uvloop", "--bind",
            f"127.0.0.1:{port}", "--log-level", "error", app]  # fmt: skip


def detail(port: int, *flags: str) -> list[str]:
    """The command that serves the service as shipped."""
    return [sys.executable, "-m", "detail_service", "--app-version", "2.0", "--port", str(port),
            "--drain-seconds", "0", *flags]  # fmt: skip


@contextlib.contextmanager
def serving(command: Sequence[str], port: int, path: str = "/catalogDetail") -> Iterator[int]:
    """Run a server on its core; yields its pid once it responds."""
    with subprocess.Popen(
        pinned(SERVER_CORE, command), stdout=subprocess.DEVNULL, start_new_session=True
    ) as child:
        try:
            await_response(port, path)
            yield child.pid
        finally:
            os.killpg(child.pid, signal.SIGKILL)  # and its workers


def pinned(core: int, command: Sequence[str]) -> list[str]:
    return ["taskset", "-c", str(core), *command]


def await_response(port: int, path: str) -> float:
    """Request until there is an HTTP response; the moment on the monotonic clock."""
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as one:
            one.sendall(request)
            if one.recv(12).startswith(b"HTTP/1.1 "):
                return time.monotonic()
        time.sleep(0.002)
    raise SystemExit(f"nothing responds on port {port}")


@dataclass(frozen=True, slots=True)
class Rate:
    """What one run of wrk found: requests per second, and processor time of the server each."""

    per_s: float
    cpu_us: float


def wrk(
    port: int, pid: int, seconds: int, connections: int = 32, path: str = "/catalogDetail"
) -> Rate:
    """Load by wrk on its own core; errors end the benchmark."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s",
               f"http://127.0.0.1:{port}{path}"]  # fmt: skip
    before = cpu_s(pid)
    text = subprocess.run(
        pinned(LOAD_CORE, command), capture_output=True, text=True, check=True
    ).stdout
    spent = cpu_s(pid) - before
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    count = re.search(r"(\d+) requests in", text)
    if rate is None or count is None or "Non-2xx" in text or "Socket errors" in text:
        raise SystemExit(f"wrk had errors:\n{text}")
    return Rate(float(rate[1]), spent / int(count[1]) * 1e6)


def cpu_s(pid: int) -> float:
    """Processor time that a process and its workers have used, by user and kernel."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S + sum(map(cpu_s, map(int, workers)))


def resident_bytes(pid: int) -> int:
    """Resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES


def require(*programs: str) -> None:
    """End with a word, not an error, where a program is missing or the machine is too small."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        print(f"skipped: {', '.join(missing)} not found; install it and run this again")
        raise SystemExit(0)
    if len(CORES) < 2:
        print("skipped: two cores are needed, one for the server and one for the load")
        raise SystemExit(0)
