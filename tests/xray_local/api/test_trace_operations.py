"""Traces by boto3: put, found, read back."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.xray_local.api.documents import NOW_S, document, page_view, trace_id
from xray_local.api.trace_operations import PAGE
from xray_local.status import Running

RANGE = {"StartTime": NOW_S - 60, "EndTime": NOW_S + 3600}
BROKEN = {"fault": True, "annotations": {"size": 3, "shop": "north", "vip": True},
          "cause": {"exceptions": [{"id": "e" * 16, "type": "Boom", "message": "no"}]}}  # fmt: skip


def put(client: Any, *documents: str) -> list[dict[str, Any]]:
    found = client.put_trace_segments(TraceSegmentDocuments=list(documents))
    return list(found["UnprocessedTraceSegments"])


def ids(client: Any, expression: str = "", **more: Any) -> list[str]:
    fields = {**RANGE, **more, **({"FilterExpression": expression} if expression else {})}
    return [one["Id"] for one in client.get_trace_summaries(**fields)["TraceSummaries"]]


def test_what_is_put_comes_back_as_it_was(client: Any) -> None:
    documents = page_view()
    assert put(client, *documents) == []
    found = client.batch_get_traces(TraceIds=[trace_id(1), trace_id(7)])
    (trace,) = found["Traces"]
    assert trace["Id"] == trace_id(1)
    assert sorted(one["Document"] for one in trace["Segments"]) == sorted(documents)
    assert found["UnprocessedTraceIds"] == [trace_id(7)]


def test_a_summary_tells_the_trace(client: Any) -> None:
    put(client, *page_view(1, **BROKEN))
    (summary,) = client.get_trace_summaries(**RANGE)["TraceSummaries"]
    assert summary["HasFault"] is True
    assert summary["HasError"] is False
    assert summary["ResponseTime"] == pytest.approx(0.1, abs=1e-3)
    assert summary["Http"] == {
        "HttpURL": "http://shop/1", "HttpStatus": 200, "HttpMethod": "GET", "ClientIp": "10.0.0.9"
    }  # fmt: skip
    assert summary["EntryPoint"]["Name"] == "Frontend-Node"
    assert [one["Name"] for one in summary["ServiceIds"]] == ["Frontend-Node", "Product-Detail-V2"]
    assert summary["Users"][0]["UserName"] == "kim"
    assert summary["Annotations"]["size"][0]["AnnotationValue"] == {"NumberValue": 3.0}
    assert summary["Annotations"]["vip"][0]["AnnotationValue"] == {"BooleanValue": True}
    (cause,) = summary["FaultRootCauses"]
    assert [one["Name"] for one in cause["Services"]] == ["Frontend-Node", "Product-Detail-V2"]
    assert cause["Services"][1]["EntityPath"][0]["Exceptions"] == [
        {"Name": "Boom", "Message": "no"}
    ]


@pytest.mark.parametrize(
    ("expression", "numbers"),
    [
        ("fault", [2]),
        ("ok", [1]),
        ('service("Product-Detail-V2") { fault }', [2]),
        ('edge("Frontend-Node", "Product-Detail-V2")', [1, 2]),
        ('annotation.shop = "north" AND responsetime > 0.05', [2]),
        ("annotation[size] >= 4", []),
        ('http.url ENDSWITH "/1" OR http.status = 500', [1]),
        ('user = "kim"', [1, 2]),
        ('id("nobody")', None),
        ("fault AND", None),
        ("(" * 500 + "fault" + ")" * 500, None),
    ],
)
def test_filters_choose_traces(client: Any, expression: str, numbers: list[int] | None) -> None:
    put(client, *page_view(1), *page_view(2, **BROKEN))
    if numbers is None:
        with pytest.raises(client.exceptions.InvalidRequestException, match="Invalid filter"):
            ids(client, expression)
    else:
        assert sorted(ids(client, expression)) == [trace_id(number) for number in numbers]


def test_pages_hold_every_trace_once(client: Any) -> None:
    for start in range(0, 2 * PAGE + 5, 50):
        put(client, *(document("a", n) for n in range(start, min(start + 50, 2 * PAGE + 5))))
    pages = list(client.get_paginator("get_trace_summaries").paginate(**RANGE))
    found = [one["Id"] for page in pages for one in page["TraceSummaries"]]
    assert [len(page["TraceSummaries"]) for page in pages] == [PAGE, PAGE, 5]
    assert sorted(found) == sorted(trace_id(number) for number in range(2 * PAGE + 5))


def test_a_share_of_the_traces_can_be_asked_for(client: Any) -> None:
    put(client, *(document("a", number) for number in range(60)))
    half = {"Name": "FixedRate", "Value": 0.5}
    assert 10 < len(ids(client, Sampling=True, SamplingStrategy=half)) < 50
    assert len(ids(client, Sampling=True, SamplingStrategy={"Name": "PartialScan"})) == 60


def test_a_range_of_time_chooses_traces(client: Any) -> None:
    put(client, document("a", 1), document("a", 100))
    assert ids(client, StartTime=NOW_S + 50) == [trace_id(100)]
    assert ids(client, EndTime=NOW_S + 50) == [trace_id(1)]


@pytest.mark.parametrize(
    "fields",
    [
        {"StartTime": NOW_S, "EndTime": NOW_S - 1},
        {**RANGE, "NextToken": "no token of ours"},
        {**RANGE, "TimeRangeType": "Never"},
        {**RANGE, "Sampling": True, "SamplingStrategy": {"Name": "FixedRate"}},
    ],
)
def test_requests_that_cannot_be_answered_are_invalid(client: Any, fields: Any) -> None:
    with pytest.raises(client.exceptions.InvalidRequestException):
        client.get_trace_summaries(**fields)


def test_documents_that_cannot_be_read_are_named(client: Any, program: Running) -> None:
    bad = [
        "no json",
        json.dumps({"id": "1" * 16}),
        document("a", trace_id="1-x-y"),
        document("a", end_time=None),
        document("a" * 70_000),
    ]
    found = put(client, *bad, document("a"))
    assert [one["ErrorCode"] for one in found] == [
        "ParseError", "InvalidTraceId", "InvalidTraceId", "InvalidTime", "SegmentTooLarge"
    ]  # fmt: skip
    assert [one.get("Id") for one in found] == [
        None,
        "1" * 16,
        f"{1:016x}",
        f"{1:016x}",
        f"{1:016x}",
    ]
    assert program.store.malformed.total() == 5
    assert len(program.store) == 1


@pytest.mark.parametrize("ids", [[], ["1-2-3"], [trace_id(n) for n in range(6)]])
def test_ids_are_checked(client: Any, ids: list[str]) -> None:
    with pytest.raises(client.exceptions.InvalidRequestException):
        client.batch_get_traces(TraceIds=ids)


def test_an_operation_that_is_not_served_is_an_error_of_aws(client: Any) -> None:
    with pytest.raises(ClientError) as caught:
        client.get_insight(InsightId="0" * 8 + "-" + "0000-" * 3 + "0" * 12)
    assert caught.value.response["Error"]["Code"] == "UnknownOperationException"
