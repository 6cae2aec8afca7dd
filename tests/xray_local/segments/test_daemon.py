import asyncio
import socket

import pytest

from tests.xray_local.documents import datagram, document, trace_id
from xray_local.segments.daemon import SegmentDaemon
from xray_local.store import TraceStore


@pytest.mark.anyio
async def test_segments_arrive_over_udp_and_noise_is_counted() -> None:
    store = TraceStore()
    daemon = SegmentDaemon(store)
    host, _, port = (await daemon.start()).partition(":")
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"noise", (host, int(port)))
            sender.sendto(datagram(document("Detail", "d")), (host, int(port)))
        async with asyncio.timeout(5):
            while not (len(store) and store.malformed):
                await asyncio.sleep(0.01)
    finally:
        daemon.close()
        daemon.close()
    assert [trace.root.service for trace in store.traces()] == ["Detail"]
    assert store.malformed == {"header": 1}


@pytest.mark.anyio
async def test_what_waits_in_the_socket_is_read_at_the_end() -> None:
    store = TraceStore()
    daemon = SegmentDaemon(store)
    host, _, port = (await daemon.start()).partition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number in range(200):
            fields = document("Detail", "d", trace_id=trace_id(number))
            sender.sendto(datagram(fields), (host, int(port)))
    daemon.close()
    assert (len(store), daemon.datagrams, daemon.lost) == (200, 200, 0)


@pytest.mark.anyio
async def test_what_the_kernel_dropped_is_counted() -> None:
    store = TraceStore()
    daemon = SegmentDaemon(store)
    host, _, port = (await daemon.start()).partition(":")
    big = datagram(document("Detail", "d", metadata={"x": "x" * 60_000}))
    sent = 2_000
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(sent):
            sender.sendto(big, (host, int(port)))
    read = daemon.datagrams
    while daemon._read():
        pass
    assert daemon.datagrams > read
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(big, (host, int(port)))
    await asyncio.sleep(0.05)
    assert daemon.datagrams + daemon.lost == sent + 1
    assert daemon.lost > 0
    daemon.close()


@pytest.mark.anyio
async def test_a_port_in_use_is_an_error_and_leaves_nothing_open() -> None:
    one, two = SegmentDaemon(TraceStore()), SegmentDaemon(TraceStore())
    port = int((await one.start()).partition(":")[2])
    with pytest.raises(OSError, match="in use"):
        await two.start("127.0.0.1", port)
    one.close()
    two.close()
