import pytest

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
    ],
)
def test_what_is_no_segment_is_said(data: bytes) -> None:
    with pytest.raises(MalformedError):
        parse(data)
