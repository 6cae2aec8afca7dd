"""Service maps as X-Ray's Services. Pure."""

from __future__ import annotations

from typing import Any

from xray_local.service_graph import Edge, Histogram, Node, ServiceGraph, Statistics


def services_of(graph: ServiceGraph) -> list[dict[str, Any]]:
    """The nodes with their edges; an edge refers to its callee by number."""
    numbers = {name: number for number, name in enumerate(graph.nodes)}
    return [_service(node, numbers[node.name], graph, numbers) for node in graph.nodes.values()]


def _service(
    node: Node, number: int, graph: ServiceGraph, numbers: dict[str, int]
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ReferenceId": number,
        "Name": node.name,
        "Names": [node.name],
        "Root": node.is_root,
        "State": "active",
        "StartTime": node.start_s,
        "EndTime": node.end_s,
        "Edges": [
            _edge(edge, numbers[edge.callee])
            for edge in graph.sorted_edges
            if edge.caller == node.name
        ],
    }
    if node.type:
        found["Type"] = node.type
    if node.statistics.count:
        found["SummaryStatistics"] = statistics_of(node.statistics)
        found["DurationHistogram"] = histogram_of(node.statistics.durations)
        found["ResponseTimeHistogram"] = histogram_of(node.statistics.durations)
    return found


def _edge(edge: Edge, callee: int) -> dict[str, Any]:
    return {
        "ReferenceId": callee,
        "StartTime": edge.start_s,
        "EndTime": edge.end_s,
        "SummaryStatistics": statistics_of(edge.statistics),
        "ResponseTimeHistogram": histogram_of(edge.statistics.durations),
        "Aliases": [],
    }


def statistics_of(statistics: Statistics) -> dict[str, Any]:
    """Counts by outcome; an error is 4xx, a throttled one among them."""
    errors = statistics.error + statistics.throttle
    return {
        "OkCount": statistics.ok,
        "ErrorStatistics": {
            "ThrottleCount": statistics.throttle,
            "OtherCount": statistics.error,
            "TotalCount": errors,
        },
        "FaultStatistics": {"OtherCount": statistics.fault, "TotalCount": statistics.fault},
        "TotalCount": statistics.count,
        "TotalResponseTime": statistics.durations.total_s,
    }


def histogram_of(durations: Histogram) -> list[dict[str, Any]]:
    """Seconds and how often."""
    return [{"Value": value_s, "Count": count} for value_s, count in durations.buckets]
