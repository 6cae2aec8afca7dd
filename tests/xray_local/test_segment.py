import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xray_local.documents import HEADER, datagram, document
from xray_local.segment import MalformedError, parse


def test_a_segment_with_what_is_inside_it() -> None:
    call = {"id": "b", "name": "detail.flagger", "start_time": 1.0, "end_time": 1.005}
    found = parse(
        datagram(
            document("Frontend", "a", fault=True, subsegments=[call | {"namespace": "remote"}])
        )
    )
    assert found is not None
    assert (found.name, found.fault, found.error) == ("Frontend", True, False)
    assert found.duration_s == pytest.approx(0.01)
    assert [(part.id, part.remote, part.trace_id) for part in found.parts] == [("b", True, "1-t")]
    assert [part.id for part in found.walk()] == ["a", "b"]


def test_what_is_in_progress_is_nothing_yet() -> None:
    fields = {"name": "a", "id": "a", "trace_id": "1-t", "start_time": 1.0, "in_progress": True}
    assert parse(datagram(fields)) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        HEADER,
        b'{"format": "xml", "version": 1}\n{}',
        b'{"format": "json", "version": 2}\n{}',
        b"T1S\nAAAA",
        HEADER + b"[]",
        HEADER + b'{"name": "a"}',
        HEADER + b"\xff\xfe",
        datagram(document("a", "a", start_time="soon")),
        datagram(document("a", "a", end_time=float("inf"))),
        datagram(document("a", "a", end_time=float("nan"))),
        datagram(document("a", "a", end_time=10**400)),
        datagram(document("a", "a", end_time=True)),
        datagram(document("a", "a", start_time=-1)),
        datagram(document("a", "a", trace_id=["1-t"])),
        datagram(document("a", "a", trace_id="x" * 101)),
        datagram(document("a", "")),
        datagram(document("a", "a", subsegments=[document("b", "a")])),
        datagram(document("a", "a", subsegments=[document("b", "b"), document("c", "b")])),
        datagram(document("a", "a", subsegments=7)),
        datagram(document("a", "a", subsegments=[[]])),
        HEADER + b"[" * 60_000,
        HEADER + b'{"a":' * 10_000,
        b"[" * 60_000 + b"\n{}",
        HEADER + b"1" * 60_000,
    ],
)
def test_what_is_no_segment_is_said(data: bytes) -> None:
    with pytest.raises(MalformedError):
        parse(data)


def test_subsegments_are_read_to_a_depth() -> None:
    fields = document("deepest", "0")
    for number in range(1, 64):
        fields = document("s", str(number), subsegments=[fields])
    found = parse(datagram(fields))
    assert found is not None
    assert sum(1 for _ in found.walk()) == 64
    for number in range(64, 100):
        fields = document("s", str(number), subsegments=[fields])
    with pytest.raises(MalformedError, match="deep"):
        parse(datagram(fields))


def test_names_cannot_colour_or_break_the_terminal_and_are_not_endless() -> None:
    found = parse(datagram(document("\x1b[31m\ud800" + "x" * 500, "a")))
    assert found is not None
    assert found.name.startswith("\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}")
    assert len(found.name) == 200


@given(st.binary(max_size=2_000))
def test_whatever_arrives_is_a_segment_or_malformed(data: bytes) -> None:
    with contextlib.suppress(MalformedError):
        parse(HEADER + data)


_NAMES = ["name", "id", "trace_id", "parent_id", "start_time", "end_time", "subsegments", "type"]
_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner),
)


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from(_NAMES), _JSON))
def test_any_type_in_any_field_is_read_or_malformed(fields: dict[str, object]) -> None:
    with contextlib.suppress(MalformedError):
        found = parse(datagram({**document("a", "a"), **fields}))
        assert found is None or found.duration_s >= 0
