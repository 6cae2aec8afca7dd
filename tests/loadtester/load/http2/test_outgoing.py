"""Requests under windows and settings."""

import pytest

from loadtester.load.http2 import frames
from loadtester.load.http2.errors import ErrorCode, Violation
from loadtester.load.http2.outgoing import MAX_REMEMBERED_BODY_BYTES, Outgoing
from loadtester.load.http2.settings import PeerSettings
from tests.loadtester.load.http2.talk import frames_of, hop

WINDOW = frames.DEFAULT_WINDOW_BYTES


def data_of(sent: bytes) -> bytes:
    return b"".join(payload for kind, _, _, payload in frames_of(sent) if kind == frames.DATA)


def test_the_streams_number_is_all_that_is_new() -> None:
    outgoing, request = Outgoing(PeerSettings()), hop("POST", b"hello")
    sent = [outgoing.open(stream, request) for stream in (1, 3, 5)]
    assert [{stream for _, _, stream, _ in frames_of(each)} for each in sent] == [{1}, {3}, {5}]
    assert sent[1].replace(b"\0\0\0\3", b"\0\0\0\5") == sent[2] != sent[0]
    assert outgoing.is_whole


def test_no_more_than_both_windows_let_through() -> None:
    peer = PeerSettings()
    outgoing, body = Outgoing(peer), bytes(200_000)
    assert len(data_of(outgoing.open(1, hop("POST", body)))) == WINDOW
    outgoing.widen(100, of_stream=True)
    assert outgoing.more() == b""
    outgoing.widen(70, of_stream=False)
    assert len(data_of(outgoing.more())) == 70
    outgoing.widen(10**6, of_stream=False)
    assert len(data_of(outgoing.more())) == 30
    peer.window_bytes = WINDOW + 5
    outgoing.settings_changed(5, is_open=True)
    assert len(data_of(outgoing.more())) == 5


def test_a_remembered_body_waits_for_the_window_as_well() -> None:
    outgoing, request = Outgoing(PeerSettings()), hop("POST", bytes(30_000))
    sizes = [len(data_of(outgoing.open(stream, request))) for stream in (1, 3, 5)]
    assert sizes == [30_000, 30_000, WINDOW - 60_000]
    assert not outgoing.is_whole


def test_updates_of_streams_that_are_over_do_not_add_up() -> None:
    outgoing, request = Outgoing(PeerSettings()), hop("POST", bytes(1000))
    for stream in range(1, 21, 2):
        outgoing.open(stream, request)
        outgoing.widen(1 << 30, of_stream=True)
        outgoing.widen(1000, of_stream=False)


@pytest.mark.parametrize("of_stream", [False, True])
def test_a_window_does_not_overflow(of_stream: bool) -> None:
    outgoing = Outgoing(PeerSettings())
    outgoing.open(1, hop())
    outgoing.widen(frames.MAX_WINDOW_BYTES - WINDOW, of_stream=of_stream)
    with pytest.raises(Violation) as refused:
        outgoing.widen(1, of_stream=of_stream)
    assert refused.value.code is ErrorCode.FLOW_CONTROL_ERROR


def test_large_bodies_are_not_kept_twice() -> None:
    peer = PeerSettings()
    peer.window_bytes = 1 << 20
    outgoing = Outgoing(peer)
    outgoing.widen(1 << 30, of_stream=False)
    for size, is_kept in (
        (MAX_REMEMBERED_BODY_BYTES, True),
        (MAX_REMEMBERED_BODY_BYTES + 1, False),
    ):
        request = hop("POST", bytes(size))
        for stream in (1, 3):
            assert len(data_of(outgoing.open(stream, request))) == size
        assert (outgoing._pieces is not None) == is_kept


def test_a_smaller_table_of_the_peers_is_used_from_the_next_request_on() -> None:
    peer, request = PeerSettings(), hop()
    outgoing = Outgoing(peer)
    known = [outgoing.open(stream, request) for stream in (1, 3)][1]
    peer.table_bytes = 0
    outgoing.settings_changed(0, is_open=False)
    [(_, _, _, block)] = frames_of(outgoing.open(5, request))
    assert block.startswith(b"\x20\x20")
    assert len(block) > len(known)
