"""Faults as Envoy listeners, chained between a pod's sidecar and its application. Pure.

Envoy's fault filter aborts, delays and throttles (envoy.extensions.filters.http.fault.v3) and
counts what it did for a listener as a whole; so each fault has a listener of its own, and several
faults are met one after the other. In it, one route takes the requests that the fault is meant for,
and another the rest. What was matched is what that route counts upstream (`vhost.L.route.matched`),
and, as an aborted request never gets that far, what was aborted besides. A reset is a route of its
own, chosen for its share of the requests, to a server that resets every connection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rehearsal.faults import Fault
from rehearsal.live.mesh.rules import request_match
from rehearsal.live.mesh.topology import Condition, RequestMatch

Json = dict[str, Any]

RESET = "reset"
STATISTICS = (
    r"(\.fault\.(aborts|delays|response_rl)_injected|\.route\.(matched|reset)\.upstream_rq_total)$"
)
_FILTER = "envoy.filters.http.fault"
_HTTP_FAULT = "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault"
_COUNTERS = {
    "abort": "aborts_injected",
    "delay": "delays_injected",
    "bandwidth": "response_rl_injected",
}


@dataclass(frozen=True)
class Delivery:
    """Of `matched` requests that a fault was meant for it has reached `delivered`."""

    matched: int = 0
    delivered: int = 0

    def __add__(self, other: "Delivery") -> "Delivery":
        return Delivery(self.matched + other.matched, self.delivered + other.delivered)


def hop_names(pod: str, faults: Sequence[Fault]) -> list[str]:
    """The names of a pod's fault listeners, in the order in which a request meets them."""
    return [f"{pod}-fault-{index}" for index in range(len(faults))]


def application_cluster(pod: str) -> str:
    """The cluster of the application itself, behind all faults."""
    return f"{pod}-application"


def fault_filter() -> Json:
    """The filter of a fault's listener; what it does is said by the route."""
    return {"name": _FILTER, "typed_config": {"@type": _HTTP_FAULT}}


def route_configuration(name: str, fault: Fault, onward: str) -> Json:
    """The routes of a fault's listener; requests go on to the cluster `onward`."""
    match = request_match(_meant(fault))
    forward = {"cluster": onward, "timeout": "0s"}
    matched: Json = {"match": match, "route": forward, "stat_prefix": "matched"}
    routes: list[Json] = [matched]
    if fault.kind == "reset":
        chosen = {**match, "runtime_fraction": {"default_value": _share(fault)}}
        broken = {"cluster": RESET, "timeout": "0s"}
        routes.insert(0, {"match": chosen, "route": broken, "stat_prefix": "reset"})
    else:
        config = {"@type": _HTTP_FAULT, **_what(fault)}
        matched["typed_per_filter_config"] = {_FILTER: config}
    routes.append({"match": {"prefix": "/"}, "route": forward})
    return {
        "name": name,
        "validate_clusters": False,
        "virtual_hosts": [{"name": name, "domains": ["*"], "routes": routes}],
    }


def delivery(name: str, fault: Fault, statistics: Mapping[str, str]) -> Delivery:
    """What a fault's listener has counted, by name of the statistic."""
    passed = _count(statistics, f"vhost.{name}.route.matched.upstream_rq_total")
    if fault.kind == "reset":
        reset = _count(statistics, f"vhost.{name}.route.reset.upstream_rq_total")
        return Delivery(passed + reset, reset)
    met = _count(statistics, f"http.{name}.fault.{_COUNTERS[fault.kind]}")
    return Delivery(passed + met if fault.kind == "abort" else passed, met)


def _count(statistics: Mapping[str, str], name: str) -> int:
    text = statistics.get(name, "0")
    return int(text) if text.isdecimal() else 0


def _meant(fault: Fault) -> RequestMatch:
    path = Condition("prefix", fault.path) if fault.path else None
    header = fault.header
    headers = ((header[0], Condition("exact", header[1])),) if header else ()
    return RequestMatch(path=path, headers=headers)


def _what(fault: Fault) -> Json:
    if fault.kind == "abort":
        return {"abort": {"http_status": fault.status, "percentage": _share(fault)}}
    if fault.kind == "delay":
        return {"delay": {"fixed_delay": f"{fault.delay_s:g}s", "percentage": _share(fault)}}
    limit = {"limit_kbps": max(1, fault.kbit_per_s // 8)}
    return {"response_rate_limit": {"fixed_limit": limit, "percentage": _share(fault)}}


def _share(fault: Fault) -> Json:
    return {"numerator": round(fault.percent * 100), "denominator": "TEN_THOUSAND"}
