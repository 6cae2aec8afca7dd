"""Ratios against those on record: `scripts/bench --check`; with `--write`, put them on record.

Rates say something about a machine, ratios within one run something about the code. Each ratio is
the median of interleaved rounds, and more is better. Exit status 1 when one fell by more than a
tenth of `ratios.json`; what cannot be measured here is said, and is no failure.
"""

import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks import detail_processes, load_protocols, load_speed

RECORD = Path(__file__).with_name("ratios.json")
LARGEST_FALL = 0.10
SECONDS, ROUNDS = 2, 3


def engine() -> Iterator[tuple[str, float]]:
    """Requests per CPU second of the load engine over those of wrk and hey, plain HTTP."""
    with load_speed.nginx() as url:
        found = load_speed.tools(url, SECONDS)
        runs = [{name: run().per_cpu_s for name, run in found.items()} for _ in range(ROUNDS)]
    for ours in ("this engine", "compiled"):
        for theirs in ("wrk -t1", "hey -cpus 1"):
            if ours in found and theirs in found:
                yield f"{ours} over {theirs}", statistics.median(r[ours] / r[theirs] for r in runs)


def tls() -> Iterator[tuple[str, float]]:
    """The same over TLS, the compiled engine if that was built, and wrk."""
    with (
        tempfile.TemporaryDirectory() as home,
        load_speed.nginx(" ssl", load_protocols.certificate(Path(home))) as url,
    ):
        ours = load_protocols.ours(url, SECONDS)
        words = ["wrk", "-t1", f"-c{load_speed.CONNECTIONS}", f"-d{SECONDS}s", url]
        count = load_speed.counted(r"(\d+) requests in")
        ratios = [
            ours().per_cpu_s / load_speed.timed(words, count).per_cpu_s for _ in range(ROUNDS)
        ]
    name = "compiled" if load_speed.COMPILED.is_dir() else "this engine"
    yield f"{name} over wrk -t1, TLS", statistics.median(ratios)


def http2() -> Iterator[tuple[str, float]]:
    """HTTP/2 in the clear, one stream a connection, and h2load."""
    if shutil.which("h2load") is None:
        return
    with load_speed.nginx(" http2") as url:
        ours, theirs = load_protocols.ours(url, SECONDS, "h2"), load_protocols.h2load(url, SECONDS)
        ratios = [ours().per_cpu_s / theirs().per_cpu_s for _ in range(ROUNDS)]
    name = "compiled" if load_speed.COMPILED.is_dir() else "this engine"
    yield f"{name} over h2load -m1", statistics.median(ratios)


def detail() -> Iterator[tuple[str, float]]:
    """Processor time of a request to bare uvicorn over that of one to detail as shipped."""
    with ExitStack() as stack:
        targets = []
        for make in (lambda port: detail_processes.rival("bare", port), detail_processes.detail):
            port = detail_processes.free_port()
            targets.append((port, stack.enter_context(detail_processes.serving(make(port), port))))
        rounds = [
            [detail_processes.wrk(port, pid, SECONDS).cpu_us for port, pid in targets]
            for _ in range(ROUNDS + 1)
        ]
    yield "detail over bare uvicorn, CPU", statistics.median(bare / own for bare, own in rounds[1:])


def compare(found: dict[str, float], recorded: dict[str, float]) -> list[str]:
    """What fell too far; prints every ratio beside the one on record."""
    fallen = []
    for name, before in recorded.items():
        now = found.get(name)
        if now is None:
            print(f"{name:36} {before:5.2f}  not measured here")
            continue
        fell = now < before * (1 - LARGEST_FALL)
        print(f"{name:36} {before:5.2f} -> {now:5.2f}{'  FELL' if fell else ''}")
        if fell:
            fallen.append(f"{name} fell from {before:.2f} to {now:.2f}")
    return fallen


def main(words: list[str]) -> int:
    """Measure, then compare or write."""
    detail_processes.require("nginx", "taskset", "wrk", "hey")
    found = {**dict(engine()), **dict(tls()), **dict(http2()), **dict(detail())}
    if words == ["--write"]:
        RECORD.write_text(json.dumps({n: round(r, 2) for n, r in found.items()}, indent=2) + "\n")
        print(RECORD.read_text(), end="")
        return 0
    fallen = compare(found, json.loads(RECORD.read_text()))
    for sentence in fallen:
        print(sentence, file=sys.stderr)
    return 1 if fallen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
