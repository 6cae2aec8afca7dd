"""How much CPU a page takes when ten thousand traces are kept: at first, and while more arrive.

    scripts/bench trace_pages

Each line is a page: the median and the worst of twenty requests in milliseconds of CPU, in process,
each after a new trace has arrived. The first request for a map counts as many traces as fit into
its share of time and says how many are left; the pages after it count the rest.
"""

import asyncio
import statistics
import sys
import time

import httpx2
from starlette.applications import Starlette

from xray_local.pages import routes
from xray_local.spans import PROXY, Http, Kind, Span
from xray_local.store import Limits, TraceStore

TRACES = 10_000
GOAL_MS = 100.0
_ROUNDS = 20
_SERVICES = ("gateway", "Frontend-Node", "frontend.flagger", "detail-primary.flagger", "detail")
_PAGES = (
    ("the map", "/"),
    ("the list", "/traces"),
    ("the list, filtered", '/traces?filter=fault AND service("Product-Detail-V3")'),
    ("the list, its slowest", "/traces?order=slowest"),
    ("the map, filtered", "/?filter=fault"),
    ("the comparison", "/compare"),
    ("a trace", f"/traces/{1:032x}"),
)


def trace(number: int, start_s: float) -> list[Span]:
    """A request through five services; every twentieth fails in version 3."""
    is_failing = number % 20 == 0
    version = 3 if number % 4 == 0 else 2
    status = 500 if is_failing else 200
    spans, parent = [], ""
    for depth, name in enumerate(_SERVICES):
        span_id = f"{number * 8 + depth + 1:016x}"
        spans.append(
            Span(
                f"{number:032x}", span_id, parent, name,
                f"Product-Detail-V{version}" if name == "detail" else name,
                start_s + depth * 0.001, start_s + 0.02 + number % 37 * 0.001 - depth * 0.001,
                Kind.SERVER, is_entry=True, fault=is_failing,
                http=Http("GET", "http://frontend.flagger:9000/", status),
                origin=PROXY if "." in name or name == "gateway" else "",
            )
        )  # fmt: skip
        parent = span_id
    return spans


async def measure() -> int:
    """Print a line for each page; 1 when one of them takes longer than the goal."""
    store = TraceStore(Limits(traces=2 * TRACES))
    start_s = time.time() - 300
    for number in range(1, TRACES + 1):
        store.add(trace(number, start_s + number * 0.03))
    transport = httpx2.ASGITransport(Starlette(routes=routes(store)))
    slow = 0
    number = TRACES
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        for name, path in _PAGES:
            taken_ms = []
            for _ in range(_ROUNDS):
                number += 1
                store.add(trace(number, time.time()))
                before_s = time.process_time()
                response = await client.get(path)
                taken_ms.append((time.process_time() - before_s) * 1e3)
                assert response.status_code == 200
            median, worst = statistics.median(taken_ms), max(taken_ms)
            slow += median > GOAL_MS
            print(f"{name:<24} median {median:6.1f} ms   worst {worst:6.1f} ms   first "
                  f"{taken_ms[0]:6.1f} ms   {len(response.text) / 1e3:6.0f} kB")  # fmt: skip
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(measure()))
