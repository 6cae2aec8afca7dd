import asyncio
import socket

import pytest

from tests.xray_local.documents import datagram, document
from xray_local.daemon import Daemon
from xray_local.traces import Traces


@pytest.mark.anyio
async def test_segments_arrive_over_udp_and_noise_is_counted() -> None:
    traces = Traces()
    daemon = Daemon(traces)
    host, _, port = (await daemon.start()).partition(":")
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"noise", (host, int(port)))
            sender.sendto(datagram(document("Detail", "d")), (host, int(port)))
        async with asyncio.timeout(5):
            while not (len(traces) and daemon.malformed):
                await asyncio.sleep(0.01)
    finally:
        daemon.close()
    assert [edge.callee for edge in traces.edges()] == ["Detail"]
    assert daemon.malformed == 1
