"""Groups, telemetry and the rest by boto3; and requests that no client of AWS would make."""

import json
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.xray_local.api.documents import NOW_S, page_view
from tests.xray_local.api.test_trace_operations import BROKEN, RANGE, ids, put
from xray_local.api.routes import OPERATIONS, routes
from xray_local.api.state import State
from xray_local.status import Running
from xray_local.store import TraceStore


def test_groups_are_created_found_changed_and_deleted(client: Any) -> None:
    group = client.create_group(GroupName="slow", FilterExpression="duration > 1")["Group"]
    assert client.get_group(GroupARN=group["GroupARN"])["Group"] == group
    names = [one["GroupName"] for one in client.get_groups()["Groups"]]
    assert names == ["Default", "slow"]
    client.update_group(GroupName="slow", FilterExpression="duration > 2")
    assert client.get_group(GroupName="slow")["Group"]["FilterExpression"] == "duration > 2"
    client.delete_group(GroupName="slow")
    assert [one["GroupName"] for one in client.get_groups()["Groups"]] == ["Default"]


def test_a_group_can_be_named_in_a_filter(client: Any) -> None:
    put(client, *page_view(1), *page_view(2, **BROKEN))
    client.create_group(GroupName="broken", FilterExpression="fault")
    assert len(ids(client, 'group.name = "broken"')) == 1
    assert len(ids(client, 'group.name = "broken" OR ok')) == 2
    with pytest.raises(client.exceptions.InvalidRequestException, match="unknown group"):
        ids(client, 'group.name = "nobody"')


@pytest.mark.parametrize(
    ("operation", "fields"),
    [
        ("create_group", {"GroupName": "Default"}),
        ("create_group", {"GroupName": "bad", "FilterExpression": "fault fault"}),
        ("create_group", {"GroupName": "loop", "FilterExpression": 'group.name = "loop"'}),
        ("get_group", {"GroupName": "nobody"}),
        ("get_group", {}),
        ("update_group", {"GroupName": "Default", "FilterExpression": "ok"}),
        ("delete_group", {"GroupName": "Default"}),
    ],
)
def test_groups_that_cannot_be_are_invalid(client: Any, operation: str, fields: Any) -> None:
    with pytest.raises(client.exceptions.InvalidRequestException):
        getattr(client, operation)(**fields)


def test_there_is_a_bound_of_groups(client: Any) -> None:
    for number in range(25):
        client.create_group(GroupName=f"g{number}")
    with pytest.raises(client.exceptions.InvalidRequestException):
        client.create_group(GroupName="one-more")


def test_telemetry_and_encryption_are_answered(client: Any) -> None:
    record = {"Timestamp": NOW_S, "SegmentsReceivedCount": 3, "SegmentsSentCount": 2}
    assert client.put_telemetry_records(TelemetryRecords=[record, record])
    assert client.get_encryption_config()["EncryptionConfig"]["Type"] == "NONE"


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"{", "SerializationException"), (b"[]", "InvalidRequestException"),
     (b"", "InvalidRequestException"), (b"[" * 100_000, "SerializationException")],
)  # fmt: skip
def test_bodies_that_are_no_requests_are_refused(program: Running, body: bytes, code: str) -> None:
    response = httpx2.post(f"{program.api}/TraceSummaries", content=body, trust_env=False)
    assert response.status_code == 400
    assert response.headers["x-amzn-errortype"] == code


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from([RANGE["StartTime"], "fault", "Default", "1-00000000-" + "0" * 24]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["RuleName", "ClientID", "Timestamp", "FixedRate"]), inner),
    max_leaves=5,
)  # fmt: skip
NAMES = ["StartTime", "EndTime", "FilterExpression", "NextToken", "TraceIds", "GroupName", "Period",
         "TraceSegmentDocuments", "SamplingRule", "SamplingRuleUpdate", "RuleName", "RuleARN",
         "SamplingStatisticsDocuments", "SamplingStrategy", "TelemetryRecords", "TimeRangeType",
         "EntitySelectorExpression", "Sampling"]  # fmt: skip


@pytest.fixture(scope="module")
def answers() -> TestClient:
    """The operations without a socket."""
    return TestClient(Starlette(routes=routes(State.over(TraceStore()))))


@given(st.sampled_from(sorted(OPERATIONS)), st.dictionaries(st.sampled_from(NAMES), VALUES))
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_any_request_is_answered(answers: TestClient, path: str, fields: dict[str, Any]) -> None:
    body = json.dumps(fields).encode("utf-8", "surrogatepass")
    response = answers.post(path, content=body)
    assert response.status_code in (200, 400), response.text
