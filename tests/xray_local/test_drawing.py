from tests.xray_local.documents import datagram, document
from xray_local.drawing import drawing
from xray_local.segment import parse
from xray_local.traces import Traces


def _add(traces: Traces, fields: dict[str, object]) -> None:
    segment = parse(datagram(fields))
    assert segment is not None
    traces.add(segment)


def test_a_map_and_a_timeline() -> None:
    traces = Traces()
    call = {"id": "c", "name": "detail.flagger", "start_time": 1.002, "end_time": 1.01}
    _add(traces, document("Frontend", "f", subsegments=[call | {"fault": True}]))
    _add(traces, document("Detail", "d", "c", start_time=1.005, end_time=1.01, fault=True))
    lines = drawing(traces).splitlines()
    assert lines[1] == "Traces (1 sampled)"
    assert lines[2].split()[:3] == ["client", "->", "Frontend"]
    assert "1 faults" in lines[3]
    names = [line.split("|")[0].rstrip() for line in lines[5:]]
    assert [len(name) - len(name.lstrip()) for name in names] == [4, 6, 8]
    assert [("Fault" in name) for name in names] == [False, True, True]
    assert lines[7].split("|")[1].startswith(" " * 20 + "=")


def test_no_traces() -> None:
    assert drawing(Traces()) == "\nTraces\n  none were sent"


def test_datagrams_that_were_no_segments_are_told() -> None:
    traces = Traces()
    _add(traces, document("Detail", "d"))
    assert "no segments" not in drawing(traces)
    assert drawing(traces, malformed=3).endswith("3 datagrams were no segments")
