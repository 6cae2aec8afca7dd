import pytest

from tests.xray_local.documents import document, spans_of, trace_id
from xray_local.drawing import drawing
from xray_local.store import Limits, TraceStore


def _add(traces: TraceStore, fields: dict[str, object]) -> None:
    traces.add(spans_of(fields))


def test_a_map_and_a_timeline() -> None:
    traces = TraceStore()
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
    assert drawing(TraceStore()) == "\nTraces\n  none were sent"


def test_datagrams_that_were_no_segments_are_told() -> None:
    traces = TraceStore()
    _add(traces, document("Detail", "d"))
    assert "not valid" not in drawing(traces)
    traces.malformed["json"] = 3
    assert drawing(traces).endswith("3 datagrams were not valid segments")


def test_traces_that_were_dropped_are_told() -> None:
    traces = TraceStore(Limits(traces=1))
    _add(traces, document("Detail", "a", trace_id=trace_id(1)))
    _add(traces, document("Detail", "b", trace_id=trace_id(2)))
    assert drawing(traces).endswith("1 earlier traces were dropped to bound the memory")


@pytest.mark.parametrize(
    "documents",
    [
        [document("a", "a", parent="b"), document("b", "b", parent="a")],
        [document("a", "a", parent="a")],
        [
            document("root", "r"),
            document("x", "x", parent="r", subsegments=[document("y", "y"), document("z", "x2")]),
        ],
        [document("a", "a"), document("b", "b", parent="c", subsegments=[document("c", "c")])],
    ],
)
def test_every_part_is_shown_once_however_the_ids_are_tied(
    documents: list[dict[str, object]],
) -> None:
    traces = TraceStore()
    for fields in documents:
        _add(traces, fields)
    names = sorted(line.split()[0] for line in drawing(traces).splitlines() if "|" in line)
    expected = [fields["name"] for fields in documents]
    expected += [part["name"] for fields in documents for part in fields.get("subsegments", ())]  # type: ignore[attr-defined]
    assert names == sorted(map(str, expected))


def test_a_deep_trace_is_shown_as_far_as_it_helps() -> None:
    traces = TraceStore()
    for number in range(5_000):
        _add(traces, document("s", str(number), parent=str(number - 1) if number else None))
    lines = drawing(traces).splitlines()
    assert lines[-1] == "    ... and more"
    assert len(lines) < 100


def test_a_trace_that_ends_before_it_begins_is_drawn() -> None:
    traces = TraceStore()
    _add(traces, document("Detail", "d", start_time=9.0, end_time=1.0))
    assert "0.0 ms" in drawing(traces)
