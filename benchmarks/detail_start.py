"""Cold start: from the start of the process to its first response, against an empty FastAPI app.

python -m benchmarks.detail_start [rounds]

The rounds interleave both; the table shows medians, and the median ratio of a round.
"""

import statistics
import sys
import time

from benchmarks.detail_processes import await_response, detail, free_port, require, rival, serving


def main(rounds: int = 9) -> None:
    """Measure and print."""
    require("taskset")
    found: dict[str, list[float]] = {"empty FastAPI application": [], "detail as shipped": []}
    for _ in range(rounds):
        port = free_port()
        found["empty FastAPI application"].append(start_s(rival("fastapi_empty", port), port))
        port = free_port()
        found["detail as shipped"].append(start_s(detail(port), port))
    base = found["empty FastAPI application"]
    for name, seconds in found.items():
        ratio = statistics.median(s / b for s, b in zip(seconds, base, strict=True))
        print(f"{name:28} {statistics.median(seconds):6.3f} s  {ratio:5.2f}")


def start_s(command: list[str], port: int) -> float:
    began = time.monotonic()
    with serving(command, port):
        return await_response(port, "/catalogDetail") - began


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
