"""The service map and its statistics by boto3."""

from typing import Any

import pytest

from tests.xray_local.api.documents import NOW_S, page_view, trace_id
from tests.xray_local.api.test_trace_operations import BROKEN, RANGE, put


@pytest.fixture
def views(client: Any) -> Any:
    put(client, *page_view(1), *page_view(2, **BROKEN), *page_view(200))
    return client


def by_name(services: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["Name"]: one for one in services}


def test_the_map_has_nodes_edges_and_counts(views: Any) -> None:
    found = by_name(views.get_service_graph(**RANGE)["Services"])
    assert set(found) == {"client", "Frontend-Node", "Product-Detail-V2"}
    detail, front = found["Product-Detail-V2"], found["Frontend-Node"]
    assert detail["SummaryStatistics"]["OkCount"] == 2
    assert detail["SummaryStatistics"]["FaultStatistics"]["TotalCount"] == 1
    assert detail["SummaryStatistics"]["TotalCount"] == 3
    assert sum(one["Count"] for one in detail["ResponseTimeHistogram"]) == 3
    assert found["client"]["Type"] == "client"
    assert front["Root"] is True
    (edge,) = front["Edges"]
    assert edge["ReferenceId"] == detail["ReferenceId"]
    assert edge["SummaryStatistics"]["TotalCount"] == 3


def test_a_group_is_a_map_of_its_own(views: Any) -> None:
    views.create_group(GroupName="broken", FilterExpression="fault")
    found = by_name(views.get_service_graph(**RANGE, GroupName="broken")["Services"])
    assert found["Frontend-Node"]["SummaryStatistics"]["TotalCount"] == 1
    with pytest.raises(views.exceptions.InvalidRequestException, match="Group not found"):
        views.get_service_graph(**RANGE, GroupName="nobody")


def test_one_trace_has_a_map(views: Any) -> None:
    found = by_name(views.get_trace_graph(TraceIds=[trace_id(2)])["Services"])
    assert found["Product-Detail-V2"]["SummaryStatistics"]["TotalCount"] == 1
    assert views.get_trace_graph(TraceIds=[trace_id(77)])["Services"] == []


def series(client: Any, **more: Any) -> list[dict[str, Any]]:
    found = client.get_time_series_service_statistics(**RANGE, **more)
    return list(found["TimeSeriesServiceStatistics"])


def test_statistics_come_period_by_period(views: Any) -> None:
    service = series(views, EntitySelectorExpression='service("Product-Detail-V2")')
    assert [one["ServiceSummaryStatistics"]["TotalCount"] for one in service] in ([2, 1], [1, 1, 1])
    whole = series(views)
    assert sum(one["ServiceSummaryStatistics"]["TotalCount"] for one in whole) == 3
    edge = series(views, EntitySelectorExpression='edge("Frontend-Node", "Product-Detail-V2")')
    faults = [one["EdgeSummaryStatistics"]["FaultStatistics"]["TotalCount"] for one in edge]
    assert sum(faults) == 1


@pytest.mark.parametrize(
    "more",
    [{"Period": 7}, {"EntitySelectorExpression": "fault"}, {"EntitySelectorExpression": "edge("},
     {"EntitySelectorExpression": 'service("a") { ok }'}, {"StartTime": NOW_S - 10_000_000}],
)  # fmt: skip
def test_what_cannot_be_a_series_is_invalid(client: Any, more: dict[str, Any]) -> None:
    with pytest.raises(client.exceptions.InvalidRequestException):
        client.get_time_series_service_statistics(**{**RANGE, **more})
