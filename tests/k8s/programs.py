"""The programs as the manifests start them: real processes on loopback."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass

MODULES = {
    "detail": "detail_service",
    "frontend": "detail_service.frontend",
    "loadtester": "loadtester",
}
# What the image sets, and what of the cluster is not here.
LOOPBACK = {
    "HOST": "127.0.0.1",
    "LOADTESTER_HOST": "127.0.0.1",
    "LOADTESTER_STORE": "memory",
}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def help_of(program: str) -> str:
    command = [sys.executable, "-m", MODULES[program], "--help"]
    environment = os.environ | {"COLUMNS": "200"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=True, env=environment
    )
    return done.stdout


@dataclass(frozen=True)
class Answer:
    status: int
    body: str


@dataclass(frozen=True)
class Program:
    """A running program and its port."""

    process: subprocess.Popen[bytes]
    port: int

    def get(self, path: str, body: Mapping[str, object] | None = None) -> Answer:
        """GET, or POST with a body."""
        data = None if body is None else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", data, 10) as answer:
                return Answer(answer.status, answer.read().decode())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read().decode())

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def start(program: str, environment: Mapping[str, str]) -> Program:
    """Start a program with the environment of its manifest; it must come up within 30 s."""
    port = free_port()
    ours = {"PORT": str(port), "LOADTESTER_PORT": str(port), "no_proxy": "*"}
    process = subprocess.Popen(
        [sys.executable, "-m", MODULES[program]],
        env={"PATH": os.environ["PATH"], **environment, **LOOPBACK, **ours},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    started = Program(process, port)
    deadline = time.monotonic() + 30
    while True:
        try:
            started.get("/healthz")
            return started
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                started.stop()
                raise AssertionError(f"{program} did not come up") from None
            time.sleep(0.05)
