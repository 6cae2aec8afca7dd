"""Frames as another implementation reads them."""

import pytest
from hyperframe.frame import (
    DataFrame,
    Frame,
    GoAwayFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from loadtester.load.http2 import frames
from loadtester.load.http2.errors import ErrorCode


def parsed(data: bytes) -> list[Frame]:
    found = []
    while data:
        frame, size = Frame.parse_frame_header(memoryview(data[:9]))
        frame.parse_body(memoryview(data[9 : 9 + size]))
        found.append(frame)
        data = data[9 + size :]
    return found


def test_control_frames() -> None:
    sent = (
        frames.settings_frame({2: 0, 4: 77})
        + frames.SETTINGS_ACK
        + frames.window_update(3, 1000)
        + frames.reset(5, ErrorCode.CANCEL)
        + frames.goaway(ErrorCode.PROTOCOL_ERROR)
    )
    settings, ack, update, reset, goaway = parsed(sent)
    assert isinstance(settings, SettingsFrame)
    assert settings.settings == {2: 0, 4: 77}
    assert "ACK" in ack.flags
    assert isinstance(update, WindowUpdateFrame)
    assert (update.stream_id, update.window_increment) == (3, 1000)
    assert isinstance(reset, RstStreamFrame)
    assert (reset.stream_id, reset.error_code) == (5, 8)
    assert isinstance(goaway, GoAwayFrame)
    assert (goaway.last_stream_id, goaway.error_code) == (0, 1)


@pytest.mark.parametrize(
    ("size", "kinds"), [(1, [1]), (10, [1]), (11, [1, 9]), (25, [1, 9, 9]), (30, [1, 9, 9])]
)
def test_a_block_is_cut_into_frames(size: int, kinds: list[int]) -> None:
    block = bytes(range(size))
    pieces = frames.header_frames(block, 10, end_stream=True)
    found = parsed((7).to_bytes(4, "big").join(pieces))
    assert [frame.type for frame in found] == kinds
    assert {frame.stream_id for frame in found} == {7}
    assert [set(f.flags) for f in found[:-1]] == [{"END_STREAM"}, set()][: len(found) - 1]
    assert "END_HEADERS" in found[-1].flags
    assert ("END_STREAM" in found[0].flags, len(found)) == (True, len(kinds))


def test_a_body_ends_its_stream_with_its_last_frame() -> None:
    body = bytes(range(25))
    sent = b"\0\0\0\1".join(frames.data_frames(body, 0, 20, 10))
    sent += b"\0\0\0\1".join(frames.data_frames(body, 20, 25, 10))
    found = [frame for frame in parsed(sent) if isinstance(frame, DataFrame)]
    assert b"".join(frame.data for frame in found) == body
    assert [len(frame.data) for frame in found] == [10, 10, 5]
    assert ["END_STREAM" in frame.flags for frame in found] == [False, False, True]


def test_settings_are_read_in_pairs() -> None:
    assert list(frames.read_settings(bytes.fromhex("000100000100000300000007"))) == [
        (1, 256),
        (3, 7),
    ]
