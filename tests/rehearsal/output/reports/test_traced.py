"""The map and the trace of a rehearsal, in reports that are no picture."""

import json
import re
from dataclasses import replace

from rehearsal.output.reports import REPORTS
from rehearsal.output.reports.traced import Traced, traced_markdown, traced_value
from tests.rehearsal.output.reports.test_schema import validate
from tests.rehearsal.output.web.played import played
from tests.xray_local.documents import document, trace_of
from xray_local.service_graph import service_graph

TRACE = trace_of(
    document("gateway", "1" * 16, start_time=10.0, end_time=10.5, fault=True),
    document(
        "detail",
        "2" * 16,
        "1" * 16,
        start_time=10.1,
        end_time=10.4,
        fault=True,
        http={"request": {"method": "GET", "url": "http://detail/"}, "response": {"status": 500}},
    ),
)
TRACED = Traced(service_graph([TRACE]), TRACE, is_of_rollback=True)


def test_services_calls_and_the_trace_as_values() -> None:
    value = traced_value(TRACED)
    assert (value["of_rollback"], value["sampled"]) == (True, 1)
    assert [one["name"] for one in value["services"]] == ["client", "gateway", "detail"]
    calls = [(one["from"], one["to"], one["requests"], one["fault"]) for one in value["calls"]]
    assert calls == [("client", "gateway", 1, 1), ("gateway", "detail", 1, 1)]
    assert [one["mean_ms"] for one in value["calls"]] == [500.0, 300.0]
    gateway, detail = value["trace"]["spans"]
    assert (gateway["service"], gateway["depth"], gateway["status"]) == ("gateway", 0, None)
    assert (detail["depth"], detail["start_ms"], detail["duration_ms"]) == (1, 100.0, 300.0)
    assert (detail["method"], detail["url"], detail["status"]) == ("GET", "http://detail/", 500)
    assert value["trace"]["id"] == TRACE.xray_id
    assert value["trace"]["health"] == "fault"


def test_the_json_report_holds_them_as_its_schema_says() -> None:
    report = json.loads(REPORTS[".json"](replace(played("errors"), traced=TRACED)))
    assert report["traces"] == traced_value(TRACED)
    validate(report)
    assert "traces" not in json.loads(REPORTS[".json"](played("errors")))


def test_markdown_draws_the_map_and_names_the_trace() -> None:
    text = "\n".join(traced_markdown(TRACED))
    assert "### Who called whom in the rollback" in text
    assert 's1 -- "1 requests, 1 faults" --> s2' in text
    assert f"The slowest failing trace: `{TRACE.xray_id}`, fault, 500 ms, 2 spans." in text
    assert text in REPORTS[".md"](replace(played("errors"), traced=TRACED))


def test_a_service_s_name_writes_nothing_into_the_diagram() -> None:
    evil = trace_of(document('a"]\n```\n# <b>', "1" * 16, start_time=1.0, end_time=2.0))
    text = "\n".join(traced_markdown(Traced(service_graph([evil]), None, is_of_rollback=False)))
    assert text.count("```") == 2
    names = re.findall(r'\["(.*)"\]', text)
    assert len(names) == 2
    assert not any(set(name) & set('"`<>[]') for name in names)
