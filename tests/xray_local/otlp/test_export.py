"""What one `xray` keeps, another receives."""

import asyncio

import httpx2
import pytest

from tests.xray_local.documents import document, spans_of
from tests.xray_local.program import wait_until, xray_program
from xray_local.otlp.export import SpanExport
from xray_local.spans import w3c_trace_id
from xray_local.store import TraceStore

TRACE = w3c_trace_id(document("a", "1" * 16)["trace_id"]) or ""
SPANS = spans_of(
    document("b", "2" * 16, "1" * 16, type="subsegment"), document("shop", "1" * 16)
)  # fmt: skip


def test_spans_are_passed_on_with_their_services() -> None:
    with xray_program() as viewer:
        with xray_program(export_to=f"{viewer.otlp}/v1/traces") as program:
            program.store.add(SPANS)
        wait_until(lambda: len(viewer.store) == 1)
        trace = viewer.store.trace(TRACE)
        assert trace is not None
        assert set(trace.services.values()) == {"shop"}
        assert program.export is not None
        assert program.export.exported == 2


def answering(*statuses: int) -> tuple[SpanExport, list[int]]:
    """An export to a receiver that answers with these in turn."""
    export = SpanExport(TraceStore(), "http://viewer/v1/traces", {"x-key": "1"})
    waiting, seen = list(statuses), []

    def answer(request: httpx2.Request) -> httpx2.Response:
        assert request.headers["x-key"] == "1"
        seen.append(waiting.pop(0))
        if seen[-1] == 0:
            raise httpx2.ConnectError("no viewer")
        return httpx2.Response(seen[-1])

    export._client = httpx2.AsyncClient(
        transport=httpx2.MockTransport(answer), headers={"x-key": "1"}
    )
    export._added(SPANS)
    return export, seen


@pytest.mark.parametrize(
    ("statuses", "exported", "failed"),
    [((503, 200), 2, 0), ((0, 429, 200), 2, 0), ((400,), 0, 2), ((0, 0, 0, 0), 0, 2)],
)
def test_what_can_pass_is_tried_again(
    statuses: tuple[int, ...], exported: int, failed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(seconds: float) -> None:
        assert seconds > 0

    async def work() -> None:
        export, seen = answering(*statuses)
        monkeypatch.setattr("xray_local.otlp.export.asyncio.sleep", at_once)
        await export.flush()
        assert (export.exported, export.failed) == (exported, failed)
        assert seen == list(statuses)
        await export.close()

    asyncio.run(work())


def test_what_waits_is_bounded_and_spans_in_progress_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("xray_local.otlp.export._MOST_WAITING", 3)
    store = TraceStore()
    export = SpanExport(store, "http://viewer/v1/traces", {})
    store.add(spans_of({**document("a", "5" * 16), "in_progress": True}))
    for number in range(5):
        store.add(spans_of(document("a", f"{number + 1:016x}")))
    assert (len(export._waiting), export.dropped) == (3, 2)
    asyncio.run(export._client.aclose())
