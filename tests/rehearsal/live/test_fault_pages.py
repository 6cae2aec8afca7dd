import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from rehearsal.live.fault_pages import FaultPage, FaultPages
from rehearsal.live.mesh.faults import Delivery

pytestmark = pytest.mark.anyio


def _page(active: int, matched: int, delivered: int, kind: str = "status") -> str:
    return (
        "# TYPE detail_faults_active gauge\n"
        f'detail_faults_active{{kind="{kind}"}} {active}.0\n'
        f'detail_faults_matched_total{{kind="{kind}"}} {matched}.0\n'
        f'detail_faults_selected_total{{kind="{kind}"}} {matched}.0\n'
        f'detail_faults_delivered_total{{kind="{kind}"}} {delivered}.0\n'
        'http_requests_total{status="200"} 7.0\n'
    )


class _Replica:
    """An application with a page of metrics."""

    def __init__(self) -> None:
        self.text = ""
        self.status = 200
        self.url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 {self.status} X\r\nContent-Length: {len(self.text)}\r\n\r\n"
        writer.write((head + self.text).encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def _replica() -> AsyncIterator[_Replica]:
    replica = _Replica()
    async with await asyncio.start_server(replica.answer, "127.0.0.1", 0) as server:
        replica.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/metrics"
        yield replica


async def test_counts_of_replicas_are_added_up() -> None:
    async with _replica() as one, _replica() as other:
        pages = FaultPages(
            lambda: {"a": FaultPage("detail", one.url), "b": FaultPage("detail", other.url)}
        )
        one.text, other.text = _page(1, 40, 40), _page(0, 2, 1) + _page(1, 3, 0, "delay")
        await pages.read()
        assert dict(pages.deliveries()) == {
            "status inside detail": Delivery(42, 41),
            "delay inside detail": Delivery(3, 0),
        }


async def test_a_fault_that_is_over_is_said_once_and_one_at_work_each_time() -> None:
    async with _replica() as replica:
        pages = FaultPages(lambda: {"a": FaultPage("detail", replica.url)})
        for text, expected in (
            ("", {}),
            (_page(1, 0, 0), {"status inside detail": Delivery(0, 0)}),
            (_page(1, 0, 0), {"status inside detail": Delivery(0, 0)}),
            (_page(0, 9, 4), {"status inside detail": Delivery(9, 4)}),
            (_page(0, 9, 4), {}),
        ):
            replica.text = text
            await pages.read()
            assert dict(pages.deliveries()) == expected


@pytest.mark.parametrize("text", ["", "{", _page(1, 5, 5).replace("5.0", "NaN"), "\x00" * 100])
async def test_a_page_that_says_nothing_is_nothing(text: str) -> None:
    async with _replica() as replica:
        pages = FaultPages(lambda: {"a": FaultPage("detail", replica.url)})
        replica.text = text
        await pages.read()
        assert all(delivery == Delivery() for _, delivery in pages.deliveries())


async def test_what_a_pod_counted_is_kept_when_it_is_gone() -> None:
    there: dict[str, FaultPage] = {}
    async with _replica() as replica:
        there["a"] = FaultPage("detail", replica.url)
        pages = FaultPages(lambda: there)
        replica.text = _page(1, 8, 3)
        await pages.read()
        replica.status = 503
        await pages.read()
        there.clear()
        await pages.read()
        assert dict(pages.deliveries()) == {"status inside detail": Delivery(8, 3)}
        assert dict(pages.deliveries()) == {}
