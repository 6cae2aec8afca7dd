"""Traces as X-Ray's TraceSummary. Pure."""

from __future__ import annotations

from typing import Any

from xray_local.service_graph import CLIENT
from xray_local.spans import Health, Scalar, Span
from xray_local.trace import Trace

_MOST_ANNOTATIONS = 50


def summary_of(trace: Trace) -> dict[str, Any]:
    """What GetTraceSummaries says of a trace."""
    root = trace.root
    found: dict[str, Any] = {
        "Id": trace.xray_id,
        "StartTime": trace.start_s,
        "Duration": round(trace.duration_s, 6),
        "HasFault": any(span.fault for span in trace.entries),
        "HasError": any(span.error for span in trace.entries),
        "HasThrottle": any(span.throttle for span in trace.entries),
        "IsPartial": trace.is_partial,
        "Http": _http(root),
        "Annotations": _annotations(trace),
        "Users": _users(trace),
        "ServiceIds": service_ids(trace),
        "ResourceARNs": [],
        "InstanceIds": [],
        "AvailabilityZones": [],
        "EntryPoint": _service_id(trace.services[root.span_id], root.origin),
        "FaultRootCauses": _root_causes(trace, Health.FAULT),
        "ErrorRootCauses": _root_causes(trace, Health.ERROR, Health.THROTTLE),
        "ResponseTimeRootCauses": [],
        "Revision": len(trace.spans),
        "MatchedEventTime": trace.start_s,
    }
    if root.is_complete:
        found["ResponseTime"] = round(trace.response_time_s, 6)
    return found


def service_ids(trace: Trace) -> list[dict[str, Any]]:
    """The services that took part."""
    found: dict[tuple[str, str], None] = {}
    for span in trace.entries:
        found.setdefault((trace.services[span.span_id], span.origin))
    return [_service_id(name, type_) for name, type_ in found]


def _service_id(name: str, type_: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"Name": name, "Names": [name]} if name else {}
    return {**fields, "Type": type_} if type_ else fields


def _http(root: Span) -> dict[str, Any]:
    http = root.http
    texts = {"HttpURL": http.url, "HttpMethod": http.method, "UserAgent": http.user_agent,
             "ClientIp": http.client_ip}  # fmt: skip
    found: dict[str, Any] = {key: value for key, value in texts.items() if value}
    return {**found, "HttpStatus": http.status} if http.status else found


def _annotations(trace: Trace) -> dict[str, Any]:
    found: dict[str, list[dict[str, Any]]] = {}
    for span in trace.spans:
        for key, value in span.annotations.items():
            if key in found or len(found) < _MOST_ANNOTATIONS:
                service = _service_id(trace.services[span.span_id], span.origin)
                one = {"AnnotationValue": _value(value), "ServiceIds": [service]}
                if one not in found.setdefault(key, []):
                    found[key].append(one)
    return found


def _value(value: Scalar) -> dict[str, Scalar]:
    if isinstance(value, bool):
        return {"BooleanValue": value}
    if isinstance(value, str):
        return {"StringValue": value}
    return {"NumberValue": value}


def _users(trace: Trace) -> list[dict[str, Any]]:
    users = dict.fromkeys(span.user for span in trace.spans if span.user)
    return [{"UserName": user, "ServiceIds": service_ids(trace)} for user in users]


def _root_causes(trace: Trace, *of: Health) -> list[dict[str, Any]]:
    """The path from the entry to the deepest failing span, where there is one."""
    failing = [(depth, span) for span, depth in trace.walk() if span.health in of]
    if not failing:
        return []
    at: Span | None = max(failing, key=lambda one: one[0])[1]
    path: list[Span] = []
    while at is not None:
        path.insert(0, at)
        at = trace.parent(at)
    services: list[dict[str, Any]] = []
    for span in path:
        name = trace.services[span.span_id] or CLIENT
        if not services or services[-1]["Name"] != name:
            services.append({**_service_id(name, span.origin), "EntityPath": [], "Inferred": False})
        services[-1]["EntityPath"].append(
            {
                "Name": span.name,
                "Exceptions": [
                    {"Name": one.type, "Message": one.message} for one in span.exceptions
                ],
                "Remote": bool(span.peer),
            }
        )
    return [{"Services": services, "ClientImpacting": trace.root.health in of}]
