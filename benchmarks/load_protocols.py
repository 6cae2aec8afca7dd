"""TLS beside wrk with the same cipher, and HTTP/2 beside h2load: requests per CPU second.

    python -m benchmarks.load_protocols [seconds per run] [rounds]

As `load_speed`, which has the first word on method; TLS 1.2, ECDHE-RSA-AES128-GCM-SHA256, sessions
kept alive, 50 connections; HTTP/2 in the clear, one stream a connection at a time.
"""

import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import trustme

from benchmarks import load_speed
from benchmarks.load_speed import CONNECTIONS, Run, counted, timed

CIPHER = "ECDHE-RSA-AES128-GCM-SHA256"


def certificate(home: Path) -> str:
    """nginx's lines for a new certificate."""
    issued = trustme.CA(key_type=trustme.KeyType.RSA).issue_cert(
        "127.0.0.1", key_type=trustme.KeyType.RSA
    )
    issued.cert_chain_pems[0].write_to_path(home / "cert.pem")
    issued.private_key_pem.write_to_path(home / "key.pem")
    return (
        f"ssl_certificate {home}/cert.pem; ssl_certificate_key {home}/key.pem;"
        f" ssl_protocols TLSv1.2; ssl_ciphers {CIPHER};"
    )


def ours(url: str, seconds: int, *words: str, path: str = "") -> Callable[[], Run]:
    """The engine from `path`; by default compiled if that was built."""
    child = [sys.executable, "-P", "-m", "benchmarks.load_speed", "--closed", url, str(seconds)]
    command = ["env", f"PYTHONPATH={path or load_speed.engine_path()}", *child, *words]
    return lambda: timed(command, counted(r'"completed": (\d+)'))


def h2load(url: str, seconds: int) -> Callable[[], Run]:
    """nghttp2's client, one stream a connection at a time."""
    words = ["h2load", "-t1", f"-c{CONNECTIONS}", "-m1", "-D", str(seconds), url]
    return lambda: timed(words, counted(r"status codes: (\d+) 2xx"))


def compare(name: str, mine: Callable[[], Run], theirs: Callable[[], Run], rounds: int) -> None:
    """One line: medians, and the median of the rounds' ratios."""
    pairs = [(mine(), theirs()) for _ in range(rounds)]
    ratio = statistics.median(a.per_cpu_s / b.per_cpu_s for a, b in pairs)
    medians = [
        statistics.median(run.per_cpu_s for run in runs) for runs in zip(*pairs, strict=True)
    ]
    print(f"{name:14} {medians[0]:>12,.0f} {medians[1]:>12,.0f} {ratio:>7.2f}", flush=True)


def main(seconds: int = 5, rounds: int = 3) -> None:
    """Measure and print."""
    for program in ("nginx", "taskset", "wrk", "h2load"):
        if shutil.which(program) is None:
            raise SystemExit(f"{program} is needed and not installed")
    print(f"{'':14} {'this engine':>12} {'the other':>12} {'ratio':>7}")
    with (
        tempfile.TemporaryDirectory() as home,
        load_speed.nginx(" ssl", certificate(Path(home))) as url,
    ):
        wrk = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", url]
        compare(
            "TLS, wrk",
            ours(url, seconds),
            lambda: timed(wrk, counted(r"(\d+) requests in")),
            rounds,
        )
    with load_speed.nginx(" http2") as url:
        theirs = h2load(url, seconds)
        compare("HTTP/2, h2load", ours(url, seconds, "h2"), theirs, rounds)
        interpreted = ours(url, seconds, "h2", path=str(load_speed.ROOT))
        compare("  interpreted", interpreted, theirs, rounds)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
