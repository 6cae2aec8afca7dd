"""Envoy's configuration for a topology: pure, JSON out.

Envoy reads each resource file anew when a new one is moved over it (the filesystem form of xDS,
envoyproxy.io/docs: "xDS configuration API overview"). Every file carries a version that is the
hash of what it says, and Envoy's `version_text` statistics tell which one it has taken up.

Each pod has a listener on a Unix socket and a cluster of its own: they stand for the sidecar that a
mesh injects, so that `envoy_cluster_upstream_rq` counts what reached that pod. A fault stands in
the application's place: the pod's cluster then leads to a second listener that has the fault, and
that one to the application, so that the sidecar counts what the fault did.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from rehearsal.live.mesh import faults, rules, tracing
from rehearsal.live.mesh.topology import PodPort, Service, Topology
from rehearsal.metrics.meshes import BUCKETS_MS

Json = dict[str, Any]

_TYPE = "type.googleapis.com/envoy."
_HCM = _TYPE + "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
_ROUTER = _TYPE + "extensions.filters.http.router.v3.Router"
_CORS = _TYPE + "extensions.filters.http.cors.v3.Cors"
_TCP_PROXY = _TYPE + "extensions.filters.network.tcp_proxy.v3.TcpProxy"
MESH = "mesh"
SERVED_BY = "x-served-by"
"""The response header in which a sidecar names its pod."""

# An idle connection ends on our side before the server's keep-alive does, so that no request
# meets a connection that is just being closed. Upstream speaks what downstream spoke, for gRPC.
_UPSTREAM = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_LIKE_DOWNSTREAM = {
    "@type": "type.googleapis.com/" + _UPSTREAM,
    "common_http_protocol_options": {"idle_timeout": "2s"},
    "use_downstream_protocol_config": {"http_protocol_options": {}, "http2_protocol_options": {}},
}


def bootstrap(folder: Path, environment: str, stats_flush_interval_s: float) -> Json:
    """Envoy's own start: its admin socket and where it finds listeners and clusters."""
    return {
        "layered_runtime": tracing.runtime(),
        "node": {"id": "mesh", "cluster": "rehearsal"},
        "admin": {"address": _pipe(admin_socket(environment))},
        "stats_flush_interval": f"{stats_flush_interval_s:.3f}s",
        "stats_config": {"histogram_bucket_settings": [_buckets()]},
        "dynamic_resources": {
            "lds_config": _from_file(folder / "lds.json"),
            "cds_config": _from_file(folder / "cds.json"),
        },
        "overload_manager": {
            "resource_monitors": [
                {
                    "name": "envoy.resource_monitors.global_downstream_max_connections",
                    "typed_config": {
                        "@type": _TYPE + "extensions.resource_monitors.downstream_connections"
                        ".v3.DownstreamConnectionsConfig",
                        "max_active_downstream_connections": 10000,
                    },
                }
            ]
        },
    }


def render(topology: Topology, folder: Path, environment: str, port: int) -> dict[str, Json]:
    """The resource files for a topology, by file name. `port` is the proxy's own, 0 for any."""
    files = {
        "cds.json": _clusters(topology, folder, environment),
        f"rds-{MESH}.json": [_route_configuration(MESH, topology.services, by_host=True)],
        "lds.json": _listeners(topology, folder, environment, port),
    }
    for cluster, pods in topology.clusters.items():
        files[f"eds-{cluster}.json"] = [_endpoints(cluster, pods, environment)]
    for service in topology.services:
        if service.address and not service.tcp:
            name = f"rds-{service.name}.json"
            files[name] = [_route_configuration(service.name, (service,), by_host=False)]
    return {name: _response(resources) for name, resources in files.items()}


def version_statistic(file_name: str) -> str:
    """The name of the statistic in which Envoy tells the version of a file it has taken up."""
    stem = file_name.removesuffix(".json")
    if stem.startswith("eds-"):
        return f"cluster.{stem[4:]}.version_text"
    if stem.startswith("rds-"):
        return f"http.{stem[4:]}.rds.{stem[4:]}.version_text"
    manager = {"cds": "cluster_manager.cds", "lds": "listener_manager.lds"}[stem]
    return f"{manager}.version_text"


def sidecar_socket(environment: str, pod: str) -> str:
    """The Unix socket on which a pod's sidecar listens: abstract, for paths may be too long."""
    return f"@rehearsal-{environment}-{pod}"


def admin_socket(environment: str) -> str:
    """The Unix socket of Envoy's admin interface."""
    return f"@rehearsal-{environment}-admin"


def reset_socket(environment: str) -> str:
    """The Unix socket of the server that resets every connection."""
    return f"@rehearsal-{environment}-reset"


def egress_listener(name: str) -> str:
    """The listener through which a service calls others."""
    return f"egress-{name}"


def _buckets() -> Json:
    """Latency buckets in ms: those of every provider's own histograms."""
    return {"match": {"suffix": "upstream_rq_time"}, "buckets": list(BUCKETS_MS)}


def _response(resources: list[Json]) -> Json:
    digest = hashlib.sha256(json.dumps(resources, sort_keys=True).encode()).hexdigest()
    return {"version_info": digest[:12], "resources": resources}


def _listeners(topology: Topology, folder: Path, environment: str, port: int) -> list[Json]:
    everywhere = _discovered_routes(MESH, folder)
    found = [_http_listener(MESH, _loopback(port), everywhere | _spans(topology, tracing.GATEWAY))]
    for name in topology.egresses:
        settings = everywhere | _spans(topology, name)
        found.append(_http_listener(egress_listener(name), _loopback(0), settings))
    for service in topology.services:
        found += _service_listeners(service, folder)
    for pod, there in topology.pods.items():
        socket = sidecar_socket(environment, pod)
        settings = {"route_config": _inbound(pod), **_spans(topology, there.sidecar)}
        found.append(_http_listener(pod, _pipe(socket), settings))
        found += _fault_listeners(pod, there, environment)
    return found


def _spans(topology: Topology, name: str) -> Json:
    """The tracer of a proxy; nothing where there are no traces, or it has no name in them."""
    if topology.tracing is None or not name:
        return {}
    return tracing.connection_manager(topology.tracing, name)


def _service_listeners(service: Service, folder: Path) -> list[Json]:
    """One listener for all ports of a service."""
    if not service.address or not service.ports:
        return []
    first, *others = (_loopback(port, service.address) for port in service.ports)
    if service.tcp:
        listener = _tcp_listener(service, first)
    else:
        listener = _http_listener(service.name, first, _discovered_routes(service.name, folder))
    if others:
        listener["additional_addresses"] = [{"address": address} for address in others]
    return [listener]


def _discovered_routes(name: str, folder: Path) -> Json:
    source = _from_file(folder / f"rds-{name}.json")
    return {"rds": {"route_config_name": name, "config_source": source}}


def _fault_listeners(pod: str, there: PodPort, environment: str) -> list[Json]:
    names = faults.hop_names(pod, there.faults)
    onward = [*names[1:], faults.application_cluster(pod)]
    return [
        _http_listener(
            name,
            _pipe(sidecar_socket(environment, name)),
            {"route_config": faults.route_configuration(name, fault, following)},
            faults.fault_filter(),
        )
        for name, fault, following in zip(names, there.faults, onward, strict=False)
    ]


def _http_listener(name: str, address: Json, settings: Json, *filters: Json) -> Json:
    manager = {
        "@type": _HCM,
        "stat_prefix": name,
        "generate_request_id": False,
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "http_filters": [
            *filters,
            {"name": "cors", "typed_config": {"@type": _CORS}},
            {"name": "router", "typed_config": {"@type": _ROUTER}},
        ],
        **settings,
    }
    return _listener(name, address, {"name": "http_connection_manager", "typed_config": manager})


def _tcp_listener(service: Service, address: Json) -> Json:
    weights = [
        {"name": d.cluster, "weight": d.weight}
        for d in service.rules[0].destinations
        if d.weight > 0
    ]
    proxy = {
        "@type": _TCP_PROXY,
        "stat_prefix": service.name,
        "weighted_clusters": {"clusters": weights},
    }
    return _listener(service.name, address, {"name": "tcp_proxy", "typed_config": proxy})


def _listener(name: str, address: Json, network_filter: Json) -> Json:
    return {
        "@type": _TYPE + "config.listener.v3.Listener",
        "name": name,
        "address": address,
        "filter_chains": [{"filters": [network_filter]}],
    }


def _inbound(pod: str) -> Json:
    everything = {"match": {"prefix": "/"}, "route": {"cluster": pod, "timeout": "0s"}}
    name = {"header": {"key": SERVED_BY, "value": pod}}
    return {
        "name": pod,
        "validate_clusters": False,
        "response_headers_to_add": [{**name, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}],
        "virtual_hosts": [{"name": pod, "domains": ["*"], "routes": [everything]}],
    }


def _route_configuration(name: str, services: tuple[Service, ...], *, by_host: bool) -> Json:
    hosts = [
        {
            "name": service.name,
            "domains": list(service.hosts) if by_host else ["*"],
            "routes": [rules.route(rule) for rule in service.rules],
        }
        for service in services
        if service.rules and not service.tcp
    ]
    return {
        "@type": _TYPE + "config.route.v3.RouteConfiguration",
        "name": name,
        "ignore_port_in_host_matching": True,
        "validate_clusters": False,
        "virtual_hosts": hosts,
    }


def _clusters(topology: Topology, folder: Path, environment: str) -> list[Json]:
    found = [
        _cluster(
            name,
            type="EDS",
            eds_cluster_config={"eds_config": _from_file(folder / f"eds-{name}.json")},
            typed_extension_protocol_options={_UPSTREAM: _LIKE_DOWNSTREAM},
        )
        for name in topology.clusters
    ]
    for pod, there in topology.pods.items():
        found += _pod_clusters(pod, there, environment)
    if any(fault.kind == "reset" for pod in topology.pods.values() for fault in pod.faults):
        found.append(_fixed(faults.RESET, _pipe(reset_socket(environment))))
    if topology.tracing is not None:
        found.append(_fixed(tracing.CLUSTER, _loopback(topology.tracing.port)))
    for name, (host, port) in topology.externals.items():
        found.append(_external(name, host, port))
    return found


def _pod_clusters(pod: str, there: PodPort, environment: str) -> list[Json]:
    """A chain of clusters: the pod's own, those of its faults but the first, the application."""
    hops = faults.hop_names(pod, there.faults)
    application = _loopback(there.port)
    if not hops:
        return [_fixed(pod, application)]
    names = [pod, *hops[1:]]
    chain = [
        _fixed(n, _pipe(sidecar_socket(environment, h))) for n, h in zip(names, hops, strict=True)
    ]
    return [*chain, _fixed(faults.application_cluster(pod), application)]


def _fixed(name: str, address: Json) -> Json:
    return _cluster(
        name,
        type="STATIC",
        load_assignment=_assignment(name, [address]),
        typed_extension_protocol_options={_UPSTREAM: _LIKE_DOWNSTREAM},
    )


def _external(name: str, host: str, port: int) -> Json:
    if host == "127.0.0.1":
        return _fixed(name, _loopback(port))
    return _cluster(
        name, type="STRICT_DNS", load_assignment=_assignment(name, [_loopback(port, host)])
    )


def _cluster(name: str, **settings: Any) -> Json:
    return {
        "@type": _TYPE + "config.cluster.v3.Cluster",
        "name": name,
        "connect_timeout": "2s",
        **settings,
    }


def _endpoints(cluster: str, pods: tuple[str, ...], environment: str) -> Json:
    addresses = [_pipe(sidecar_socket(environment, pod)) for pod in pods]
    return {
        "@type": _TYPE + "config.endpoint.v3.ClusterLoadAssignment",
        **_assignment(cluster, addresses),
    }


def _assignment(name: str, addresses: list[Json]) -> Json:
    endpoints = [{"endpoint": {"address": address}} for address in addresses]
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]}


def _from_file(path: Path) -> Json:
    return {"path_config_source": {"path": str(path)}, "resource_api_version": "V3"}


def _pipe(socket: str) -> Json:
    return {"pipe": {"path": socket}}


def _loopback(port: int, host: str = "127.0.0.1") -> Json:
    return {"socket_address": {"address": host, "port_value": port}}
