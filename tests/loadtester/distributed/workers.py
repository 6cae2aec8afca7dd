"""A distributed run on this machine: `hey` with its master, and workers as processes."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MARK = "DISTRIBUTED_TEST"


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


class Cluster:
    """Workers and hey on one port of loopback; everything carries a mark in its environment."""

    def __init__(self, workers: int) -> None:
        self.port = free_port()
        self.mark = secrets.token_hex(8)
        self._env = {**os.environ, MARK: self.mark}
        self.workers = [
            subprocess.Popen(
                [sys.executable, "-m", "loadtester.locust.worker", f"127.0.0.1:{self.port}"],
                env=self._env,
                stderr=subprocess.DEVNULL,
            )
            for _ in range(workers)
        ]

    def hey(self, wanted: int, *words: str) -> "subprocess.Popen[str]":
        """Start a run that waits for `wanted` workers."""
        master = ["--locust-master", f"127.0.0.1:{self.port}", "--workers", str(wanted)]
        return subprocess.Popen(
            [sys.executable, "-m", "loadtester.hey", *master, *words],
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def load_processes(self) -> list[int]:
        """The processes that make the load."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                marked = f"{MARK}={self.mark}".encode() in (entry / "environ").read_bytes()
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if marked and b"loadtester.load.multiprocess.shard" in command:
                found.append(int(entry.name))
        return found

    def end(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()


@contextmanager
def cluster(workers: int) -> Iterator[Cluster]:
    """Workers for one run; none of them outlives it."""
    made = Cluster(workers)
    try:
        yield made
    finally:
        made.end()
        deadline = time.monotonic() + 10
        while made.load_processes() and time.monotonic() < deadline:
            time.sleep(0.1)
        left = made.load_processes()
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        assert not left
