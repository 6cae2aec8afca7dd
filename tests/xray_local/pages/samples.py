"""Traces as a rehearsal makes them, and as nobody should."""

import random
from collections.abc import Iterator

from xray_local.spans import PROXY, Http, Kind, Source, Span, SpanException, StackFrame
from xray_local.store import Limits, TraceStore
from xray_local.trace import Trace

START_S = 1_764_000_000.0
CAUSE = SpanException(
    "FaultInjected",
    "status 500 was injected",
    (StackFrame("detail_service/app.py", 61, "handle"), StackFrame("edge.py", 12, "")),
)


def span(
    number: int,
    name: str,
    *,
    trace: int = 1,
    parent: int = 0,
    start_ms: float = 0.0,
    length_ms: float | None = 10.0,
    kind: Kind = Kind.SERVER,
    service: str | None = None,
    status: int = 200,
    origin: str = "",
    **more: object,
) -> Span:
    """A span; a number of 0 is no parent, a length of None is in progress."""
    start_s = START_S + start_ms / 1e3
    return Span(
        trace_id=f"{trace:032x}",
        span_id=f"{number:016x}",
        parent_id=f"{parent:016x}" if parent else "",
        name=name,
        service=name if service is None else service,
        start_s=start_s,
        end_s=None if length_ms is None else start_s + length_ms / 1e3,
        kind=kind,
        is_entry=kind is Kind.SERVER,
        error=400 <= status < 500,
        throttle=status == 429,
        fault=status >= 500,
        http=Http("GET", "http://detail.flagger:3000/catalogDetail", status),
        origin=origin,
        **more,  # type: ignore[arg-type]
    )


def rehearsed(trace: int, version: int, *, status: int = 200, length_ms: float = 10.0) -> Trace:
    """A request through gateway, frontend, its proxy, the proxy of detail, and detail."""
    side = "detail-primary.flagger" if version == 2 else "detail-canary.flagger"
    above = 502 if status >= 500 else status
    start_ms = trace * 10.0
    parts = (
        ("gateway", PROXY, above),
        ("Frontend-Node", "", above),
        ("frontend.flagger", PROXY, status),
        (side, PROXY, status),
        (f"Product-Detail-V{version}", "", status),
    )
    spans = [
        span(
            trace * 10 + i + 1,
            name,
            trace=trace,
            parent=trace * 10 + i if i else 0,
            start_ms=start_ms + i,
            length_ms=length_ms - i,
            status=code,
            origin=origin,
            exceptions=(CAUSE,) if code >= 500 and name.startswith("Product") else (),
            document='{"name": "sent"}' if not origin else "",
            source=Source.OTLP if origin else Source.XRAY,
            annotations={"version": str(version)},
            metadata={"default": {"vendors": ["ABC.com"]}},
        )
        for i, (name, origin, code) in enumerate(parts)
    ]
    return Trace(f"{trace:032x}", spans)


def store_of(*traces: Trace, limits: Limits | None = None) -> TraceStore:
    """A store that was filled a second after the last of them."""
    store = TraceStore(limits, lambda: START_S + 60.0)
    for trace in traces:
        store.add(trace.spans)
    return store


HOSTILE = (
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "]]>&amp;&#0;",
    "\x00\x01\x1b[31m",
    "a\u202eb\ufeff\ud800",
    "名" * 90,
    "W" * 5_000,
    "{{ 7 * 7 }}{% include 'x' %}",
    "\n\r\t ",
    "' OR service(\"x\\",
)


def hostile_traces(seed: int = 1) -> Iterator[Trace]:
    """Names, addresses, times and parents that no honest sender writes."""
    chance = random.Random(seed)

    def word() -> str:
        return chance.choice(HOSTILE)

    def wild(number: int, parent: int, trace: int) -> Span:
        start_ms = chance.choice((0.0, -5e11, 1e3, 3e14, 1e-6))
        length_ms = chance.choice((None, 0.0, -50.0, 1e-9, 5.0, 1e16))
        status = chance.choice((0, 200, 404, 429, 500, 999))
        return span(number, word(), parent=parent, start_ms=start_ms, length_ms=length_ms,
                    status=status, kind=chance.choice(list(Kind)), service=word(), origin=word(),
                    annotations={word(): word()}, metadata={word(): [word()]}, user=word(),
                    peer=word(), document=word(), exceptions=(
                        SpanException(word(), word(), (StackFrame(word(), 1, word()),) * 50),),
                    trace=trace)  # fmt: skip

    many = [(n, chance.randrange(40)) for n in range(1, 40)]
    circle = [(n, n % 7 + 1) for n in range(1, 8)]
    deep = [(n, n - 1) for n in range(1, 3_000)]
    wide = [(n, 1 if n > 1 else 0) for n in range(1, 10_000)]
    for number, parts in enumerate((many, circle, deep, wide, [(1, 1)]), start=11):
        spans = [wild(one, parent, trace=number) for one, parent in parts]
        yield Trace(f"{number:032x}", spans)
