import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from detail_service.tracing.emitter import (
    BATCH_S,
    MAX_DATAGRAM_BYTES,
    MAX_WAITING,
    PREFIX,
    CountingEmitter,
)
from tests.detail_service.support import daemon, eventually


class Document:
    """Something that serializes."""

    def __init__(self, text: str = '{"name":"one"}') -> None:
        self.text = text

    def serialize(self) -> str:
        return self.text


def test_a_document_arrives_with_its_header() -> None:
    with daemon() as server:
        emitter = CountingEmitter(server.address)
        emitter.send_entity(Document())

        assert server.receive(1) == [{"name": "one"}]
        assert (emitter.sent, dict(emitter.dropped)) == (1, {})
        emitter.close()


def test_the_largest_datagram_passes_and_one_byte_more_is_dropped() -> None:
    with daemon() as server:
        emitter = CountingEmitter(server.address)
        room = MAX_DATAGRAM_BYTES - len(PREFIX) - 2
        emitter.send_entity(Document('"' + "x" * (room + 1) + '"'))
        emitter.send_entity(Document('"' + "x" * room + '"'))

        assert dict(emitter.dropped) == {"too_large": 1}
        assert emitter.sent == 1
        emitter.close()


def test_a_daemon_that_is_not_there_is_counted_and_does_not_raise() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unused:
        unused.bind(("127.0.0.1", 0))
        address = "{}:{}".format(*unused.getsockname())
    emitter = CountingEmitter(address)
    for _ in range(10):
        emitter.send_entity(Document())

    assert emitter.dropped["refused"] > 0
    assert emitter.sent + emitter.dropped["refused"] == 10
    emitter.close()


def test_a_full_buffer_is_counted_and_does_not_block(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def send(self, datagram: bytes) -> int:
            raise BlockingIOError

    emitter = CountingEmitter("127.0.0.1:2000")
    emitter.close()
    monkeypatch.setattr(emitter, "_socket", Full())
    emitter.send_entity(Document())

    assert dict(emitter.dropped) == {"blocked": 1}


def test_a_document_that_cannot_be_written_is_counted() -> None:
    class Broken:
        def serialize(self) -> str:
            raise RuntimeError

    emitter = CountingEmitter("127.0.0.1:2000")
    emitter.send_entity(Broken())

    assert dict(emitter.dropped) == {"error": 1}
    emitter.close()


def test_a_host_name_is_resolved_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []
    connect = CountingEmitter._connect

    def spy(self: CountingEmitter) -> None:
        threads.append(threading.current_thread())
        connect(self)

    monkeypatch.setattr(CountingEmitter, "_connect", spy)
    with daemon() as server:
        emitter = CountingEmitter("localhost:" + server.address.rpartition(":")[2])
        eventually(lambda: emitter._connected)
        emitter.send_entity(Document())

        assert server.receive(1) == [{"name": "one"}]
        assert threading.main_thread() not in threads
        emitter.close()


def test_a_host_that_is_unknown_is_asked_for_again_but_not_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []
    now = [1000.0]
    monkeypatch.setattr("detail_service.tracing.emitter.time.monotonic", lambda: now[0])
    monkeypatch.setattr(CountingEmitter, "_connect", lambda self: asked.append(1))
    emitter = CountingEmitter("no-such-host.invalid:2000")
    emitter.send_entity(Document())
    emitter.send_entity(Document())
    now[0] += 31
    emitter.send_entity(Document())

    eventually(lambda: len(asked) == 2)
    assert dict(emitter.dropped) == {"unresolved": 3}
    emitter.close()


def test_both_forms_of_the_address_are_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    with daemon() as server:
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"tcp:127.0.0.1:1 udp:{server.address}")
        emitter = CountingEmitter()
        emitter.send_entity(Document())

        assert server.receive(1)
        emitter.close()


@pytest.mark.parametrize("host", ["no.such.host.invalid", "a..b", "x" * 64, "\udcff"])
def test_a_name_that_does_not_resolve_is_counted_and_ends_no_thread_with_an_error(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(self: object, address: tuple[str, int]) -> None:
        address[0].encode("idna")
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("socket.socket.connect", resolve)
    emitter = CountingEmitter(f"{host}:2000")
    for thread in threading.enumerate():
        if thread.name == "xray-resolve":
            thread.join(5)
    emitter.send_entity(Document())

    assert dict(emitter.dropped) == {"unresolved": 1}
    emitter.close()


def test_under_a_server_documents_go_out_together() -> None:
    calls: list[tuple[float, Callable[[], None]]] = []
    with daemon() as server:
        emitter = CountingEmitter(server.address)
        emitter.send_in_batches(lambda delay_s, call: calls.append((delay_s, call)))
        for number in range(3):
            emitter.send_entity(Document(f'{{"number":{number}}}'))
        assert emitter.sent == 0
        ((delay_s, flush),) = calls
        flush()
        assert [one["number"] for one in server.receive(3)] == [0, 1, 2]
        emitter.send_entity(Document())
        assert len(calls) == 2
        emitter.close()

    assert delay_s == BATCH_S
    assert (emitter.sent, dict(emitter.dropped)) == (4, {})


def test_what_waits_is_bounded() -> None:
    with daemon() as server:
        emitter = CountingEmitter(server.address)
        emitter.send_in_batches(lambda delay_s, call: None)
        for _ in range(MAX_WAITING - 1):
            emitter.send_entity(Document())
        assert emitter.sent == 0
        emitter.send_entity(Document())

        assert emitter.sent == MAX_WAITING
        emitter.close()
