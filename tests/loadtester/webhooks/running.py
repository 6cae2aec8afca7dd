"""A real load tester in a process of its own, for tests to talk to."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

START_S = 20.0


@dataclass
class Running:
    """A started server: its process, where it listens, and the file that takes its log."""

    process: subprocess.Popen[bytes]
    port: int
    log_path: Path
    http: httpx2.Client = field(repr=False)

    def post(self, path: str, payload: Mapping[str, Any], **options: Any) -> httpx2.Response:
        """Post ``payload`` as JSON, as Flagger does."""
        return self.http.post(path, json=payload, **options)

    def task(
        self, metadata: Mapping[str, str], name: str = "detail", **more: Any
    ) -> httpx2.Response:
        """Post a task for the canary ``name.flagger``."""
        options = {key: more.pop(key) for key in ("headers", "timeout") if key in more}
        payload = {"name": name, "namespace": "flagger", "metadata": dict(metadata), **more}
        return self.post("/", payload, **options)

    def log(self) -> list[dict[str, Any]]:
        """Every log line so far."""
        lines = self.log_path.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def logged(self, text: str) -> bool:
        """Whether a log message starts with ``text``."""
        return any(line["msg"].startswith(text) for line in self.log())

    def stop(self, sign: signal.Signals = signal.SIGTERM, timeout_s: float = 30.0) -> int:
        """Signal it and wait; its exit code."""
        self.process.send_signal(sign)
        return self.process.wait(timeout_s)


def environment(**twins: str) -> dict[str, str]:
    """This process's environment without proxies or settings of a load tester."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().endswith("_PROXY") and not name.startswith("LOADTESTER_")
    }
    return {**kept, **twins}


def until(condition: Any, what: str, timeout_s: float = 15.0) -> Any:
    """Poll ``condition`` until it is truthy; its value."""
    deadline = time.monotonic() + timeout_s
    while not (value := condition()):
        assert time.monotonic() < deadline, f"timed out waiting for {what}"
        time.sleep(0.02)
    return value


@contextmanager
def loadtester(
    folder: Path,
    *flags: str,
    env: Mapping[str, str] | None = None,
    token: str = "",
    argv: Sequence[str] = (),
) -> Iterator[Running]:
    """Start `python -m loadtester` on a free port over the data in `folder`; end it at exit."""
    log_path = folder / f"log-{time.monotonic_ns()}"
    own = [sys.executable, "-m", "loadtester", "--port", "0", "--data-dir", str(folder), *flags]
    argv = argv or own
    with log_path.open("wb") as log:
        process = subprocess.Popen(argv, stderr=log, env=environment(**(env or {})))
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        port = until(lambda: _port(process, log_path), "the server to start", START_S)
        url = f"http://127.0.0.1:{port}"
        with httpx2.Client(base_url=url, timeout=30.0, headers=headers, trust_env=False) as http:
            yield Running(process, port, log_path, http)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(30.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _port(process: subprocess.Popen[bytes], log_path: Path) -> int:
    text = log_path.read_text()
    assert process.poll() is None, f"the server ended: {text}"
    for line in text.splitlines():
        if line.startswith("{") and "port" in (entry := json.loads(line)):
            return int(entry["port"])
    return 0


def processes_with(text: str) -> list[int]:
    """The ids of all live processes whose command line or environment contains ``text``."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            seen = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
            if text.encode() in seen and "\nState:\tZ" not in (folder / "status").read_text():
                found.append(int(folder.name))
        except OSError:
            continue
    return [pid for pid in found if pid != os.getpid()]
