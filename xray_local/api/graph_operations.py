"""Operations on the service map."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from xray_local.api.errors import invalid
from xray_local.api.graphs import histogram_of, services_of, statistics_of
from xray_local.api.parameters import Parameters
from xray_local.api.state import State
from xray_local.api.trace_operations import find_traces
from xray_local.filters import FilterError
from xray_local.filters.parsing import Entity, parse_entity
from xray_local.service_graph import ServiceGraph, Statistics, service_graph
from xray_local.trace import Trace

_PERIODS_S = (60, 300)
_MOST_POINTS = 1_440


def get_service_graph(state: State, request: Parameters) -> dict[str, Any]:
    """The map of the traces in a range of time, of a group if one is named."""
    start_s, end_s = request.time_range_s()
    graph = service_graph(_traces(state, request, start_s, end_s))
    return {
        "StartTime": start_s,
        "EndTime": end_s,
        "Services": services_of(graph),
        "ContainsOldGroupVersions": False,
    }


def get_trace_graph(state: State, request: Parameters) -> dict[str, Any]:
    """The map of some traces."""
    traces, _ = find_traces(state, request)
    return {"Services": services_of(service_graph(traces))}


def get_time_series(state: State, request: Parameters) -> dict[str, Any]:
    """Statistics of a service or an edge, period by period; without one, of all that clients
    call."""
    start_s, end_s = request.time_range_s()
    period_s = request.whole("Period", _PERIODS_S[0])
    if period_s not in _PERIODS_S:
        raise invalid(f"Period is neither {_PERIODS_S[0]} nor {_PERIODS_S[1]} seconds")
    if (end_s - start_s) / period_s > _MOST_POINTS:
        raise invalid(f"from StartTime to EndTime there are more than {_MOST_POINTS} periods")
    entity = _entity(request.text("EntitySelectorExpression"))
    by_period: dict[int, list[Trace]] = {}
    for trace in _traces(state, request, start_s, end_s):
        by_period.setdefault(int(trace.start_s // period_s), []).append(trace)
    points = [
        _point(number * period_s, service_graph(by_period[number]), entity)
        for number in sorted(by_period)
    ]
    return {"TimeSeriesServiceStatistics": points, "ContainsOldGroupVersions": False}


def _entity(expression: str) -> Entity | None:
    if not expression:
        return None
    try:
        return parse_entity(expression)
    except FilterError as error:
        raise invalid(f"Invalid entity selector expression: {error}") from None


def _point(start_s: int, graph: ServiceGraph, entity: Entity | None) -> dict[str, Any]:
    statistics = Statistics()
    for one in _selected(graph, entity):
        statistics.include(one)
    is_edge = entity is not None and entity.caller is not None
    key = "EdgeSummaryStatistics" if is_edge else "ServiceSummaryStatistics"
    return {
        "Timestamp": start_s,
        key: statistics_of(statistics),
        "ResponseTimeHistogram": histogram_of(statistics.durations),
    }


def _selected(graph: ServiceGraph, entity: Entity | None) -> Iterator[Statistics]:
    if entity is not None and entity.caller is not None:
        for edge in graph.edges.values():
            caller, callee = graph.nodes[edge.caller], graph.nodes[edge.callee]
            if entity.caller.matches(caller.name, caller.type) and entity.service.matches(
                callee.name, callee.type
            ):
                yield edge.statistics
        return
    for node in graph.nodes.values():
        if node.is_root if entity is None else entity.service.matches(node.name, node.type):
            yield node.statistics


def _traces(state: State, request: Parameters, start_s: float, end_s: float) -> Iterator[Trace]:
    name, arn = request.text("GroupName"), request.text("GroupARN")
    group = state.groups.named(name, arn) if name or arn else None
    wanted = state.predicate(group.expression if group else "")
    state.store.drop_aged()
    return (trace for trace in state.store.traces(start_s, end_s + 1e-6) if wanted(trace))
