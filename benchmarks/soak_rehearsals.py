"""Rehearsals in a row, ended in every way: what do they leave behind?

    python -m benchmarks.soak_rehearsals [--count N] [--seed S]

Every second one is played to its end; the others get SIGINT, SIGTERM or SIGKILL at a moment drawn
at random. After each, whatever carries its mark in the environment, lies in its folder for
temporary files or listens under a name of its own is counted. Exit code 1 if anything is left, or
if one that was not disturbed did not promote.
"""

import argparse
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MARK = "REHEARSAL_SOAK"
LONGEST_S = 120.0
PATIENCE_S = 10.0
WAYS = ("end", "SIGINT", "end", "SIGTERM", "end", "SIGKILL")
CANARY = """\
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: shop, namespace: prod}
spec:
  provider: istio
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}
  service: {port: 80}
  analysis:
    interval: 10s
    threshold: 2
    stepWeight: 50
    maxWeight: 50
    metrics:
      - {name: request-success-rate, thresholdRange: {min: 90}, interval: 1m}
"""
SERVER = f"{sys.executable} -m http.server {{port}}"


def play(folder: Path, way: str, moment_s: float) -> tuple[int, str]:
    """One rehearsal; its exit code and its mark."""
    mark = secrets.token_hex(8)
    (folder / "canary.yaml").write_text(CANARY)
    (folder / "tmp").mkdir()
    command = [sys.executable, "-m", "rehearsal", "run", "-f", str(folder / "canary.yaml")]
    command += ["--stable", SERVER, "--candidate", SERVER, "--traffic", "20/s"]
    with (folder / "out.txt").open("wb") as out:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=out,
            env={**os.environ, MARK: mark, "TMPDIR": str(folder / "tmp")},
        )
        if way != "end":
            time.sleep(moment_s)
            process.send_signal(signal.Signals[way])
        return process.wait(LONGEST_S), mark


def marked(mark: str) -> list[str]:
    """The command lines of the processes that carry the mark."""
    found = []
    needle = f"{MARK}={mark}".encode()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and needle in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def left_behind(folder: Path, mark: str, sockets: set[str]) -> list[str]:
    """What is there that was not before, once the reaper has had its time."""
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        left = [f"process {line}" for line in marked(mark)]
        left += [f"file {path.name}" for path in (folder / "tmp").iterdir()]
        left += [f"socket {name}" for name in abstract_sockets() - sockets]
        if not left or time.monotonic() > deadline_s:
            return left
        time.sleep(0.1)


def abstract_sockets() -> set[str]:
    """Names of abstract Unix sockets of rehearsals (unix(7))."""
    lines = Path("/proc/net/unix").read_text().splitlines()[1:]
    names = {line.split()[-1] for line in lines}
    return {name for name in names if name.startswith("@") and "rehears" in name}


def main(count: int, seed: int) -> int:
    """A line for each; the exit code."""
    chance, wrong = random.Random(seed), 0
    print(f"{'run':>4} {'ended by':10} {'after':>7} {'exit':>5}  left behind")
    for number in range(count):
        way, began_s = WAYS[number % len(WAYS)], time.monotonic()
        moment_s, sockets = chance.uniform(0.0, 25.0), abstract_sockets()
        with tempfile.TemporaryDirectory() as name:
            code, mark = play(Path(name), way, moment_s)
            took_s = time.monotonic() - began_s
            left = left_behind(Path(name), mark, sockets)
            if way == "end" and code != 0:
                left.append(f"promoted nobody: {(Path(name) / 'out.txt').read_text()[-2000:]}")
        wrong += bool(left)
        said = "; ".join(left) or "nothing"
        print(f"{number + 1:>4} {way:10} {took_s:>5.1f} s {code:>5}  {said}", flush=True)
    print(f"{count} rehearsals, {wrong} of them left something or did not do their work")
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(main(given.count, given.seed))
