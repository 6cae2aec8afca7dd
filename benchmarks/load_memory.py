"""Memory of a hundred million recorded requests, with all recording on.

    python -m benchmarks.load_memory [requests]

The recorder is fed responses on a made-up clock: a lognormal latency, a few statuses, some errors,
spread over an hour, so that histograms and timeline fill as they would in a long run.
"""

import random
import resource
import sys
import time
from pathlib import Path

from commons.units import NS_PER_S
from loadtester.load.errors import ErrorClass
from loadtester.load.http1.heads import Response
from loadtester.load.measuring.recorder import Recorder, Timed

HOUR_NS = 3600 * NS_PER_S


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024**2


def main(requests: int = 100_000_000) -> None:
    """Record, and print the resident memory on the way."""
    draw = random.Random(1)
    latencies = [int(draw.lognormvariate(15, 1)) for _ in range(100_003)]
    responses = [Response(200, 100, keep_alive=True)] * 97 + [
        Response(503, 20, keep_alive=True)
    ] * 3
    recorder, request = Recorder(is_paced=True), Timed()
    before, started = resident_mib(), time.process_time()
    print(f"{'requests':>12} {'resident MiB':>13} {'of them recording':>18}")
    for i in range(requests):
        latency = latencies[i % 100_003]
        planned = i * HOUR_NS // requests
        request.planned_ns = planned
        request.sent_ns = request.writing_ns = planned + latency // 7
        request.written_ns = request.sent_ns + 9000
        end = request.sent_ns + latency
        if i % 1009 == 0:
            recorder.request_failed(request, ErrorClass.RESET, f"read tcp: reset {i}", end)
        else:
            recorder.request_completed(request, responses[i % 100], end - 100, end)
        if (i + 1) % (requests // 5) == 0:
            now = resident_mib()
            print(f"{i + 1:>12,} {now:>13.1f} {now - before:>18.1f}", flush=True)
    result = recorder.finish(HOUR_NS)
    assert result.response_time.count == requests
    each = (time.process_time() - started) / requests * NS_PER_S
    print(f"{each:,.0f} ns of CPU per request, the making of it included")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
