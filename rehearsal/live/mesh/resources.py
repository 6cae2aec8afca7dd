"""Envoy's configuration for a topology: pure, JSON out.

Envoy reads each resource file anew when a new one is moved over it (the filesystem form of xDS,
envoyproxy.io/docs: "xDS configuration API overview"). Every file carries a version that is the
hash of what it says, and Envoy's `version_text` statistics tell which one it has taken up.

Each pod has a listener on a Unix socket and a cluster of its own: they stand for the sidecar that
App Mesh injects, so that `envoy_cluster_upstream_rq` counts what reached that pod, probes included.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from rehearsal.live.mesh.topology import RetryPolicy, Route, Topology

Json = dict[str, Any]

_TYPE = "type.googleapis.com/envoy."
_HCM = _TYPE + "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
_ROUTER = _TYPE + "extensions.filters.http.router.v3.Router"
MESH = "mesh"

# An idle connection ends on our side before the server's keep-alive does, so that no request
# meets a connection that is just being closed.
_UPSTREAM = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_SHORT_IDLE = {
    "@type": "type.googleapis.com/" + _UPSTREAM,
    "common_http_protocol_options": {"idle_timeout": "2s"},
    "explicit_http_config": {"http_protocol_options": {}},
}

# App Mesh's names for what Envoy calls otherwise (its VirtualRouter API, HttpRetryPolicy).
_RETRY_NAMES = {
    "client-error": "retriable-4xx",
    "stream-error": "refused-stream",
    "server-error": "5xx",
}


def bootstrap(folder: Path, stage: str, stats_flush_interval_s: float) -> Json:
    """Envoy's own start: its admin socket and where it finds listeners and clusters."""
    return {
        "node": {"id": "stage", "cluster": "rehearsal"},
        "admin": {"address": _pipe(admin_socket(stage))},
        "stats_flush_interval": f"{stats_flush_interval_s:.3f}s",
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


def render(topology: Topology, folder: Path, stage: str, port: int) -> dict[str, Json]:
    """The resource files for a topology, by file name. `port` is the mesh's own, 0 for any."""
    files = {
        "cds.json": _clusters(topology, folder),
        "rds.json": [_route_configuration(topology)],
        "lds.json": _listeners(topology, folder, stage, port),
    }
    for service, pods in topology.services.items():
        files[f"eds-{service}.json"] = [_endpoints(service, pods, stage)]
    return {name: _response(resources) for name, resources in files.items()}


def version_statistic(file_name: str) -> str:
    """The name of the statistic in which Envoy tells the version of a file it has taken up."""
    if file_name.startswith("eds-"):
        return f"cluster.{file_name[4:-5]}.version_text"
    return {
        "cds.json": "cluster_manager.cds.version_text",
        "rds.json": f"http.{MESH}.rds.{MESH}.version_text",
        "lds.json": "listener_manager.lds.version_text",
    }[file_name]


def sidecar_socket(stage: str, pod: str) -> str:
    """The Unix socket on which a pod's sidecar listens: abstract, for paths may be too long."""
    return f"@rehearsal-{stage}-{pod}"


def admin_socket(stage: str) -> str:
    """The Unix socket of Envoy's admin interface."""
    return f"@rehearsal-{stage}-admin"


def _response(resources: list[Json]) -> Json:
    digest = hashlib.sha256(json.dumps(resources, sort_keys=True).encode()).hexdigest()
    return {"version_info": digest[:12], "resources": resources}


def _listeners(topology: Topology, folder: Path, stage: str, port: int) -> list[Json]:
    mesh_routes = {
        "rds": {"route_config_name": MESH, "config_source": _from_file(folder / "rds.json")}
    }
    sidecars = [
        _listener(pod, _pipe(sidecar_socket(stage, pod)), {"route_config": _inbound(pod)})
        for pod in topology.pods
    ]
    return [_listener(MESH, _loopback(port), mesh_routes), *sidecars]


def _listener(name: str, address: Json, routes: Json) -> Json:
    manager = {
        "@type": _HCM,
        "stat_prefix": name,
        "generate_request_id": False,
        "http_filters": [{"name": "router", "typed_config": {"@type": _ROUTER}}],
        **routes,
    }
    chain = {"filters": [{"name": "http_connection_manager", "typed_config": manager}]}
    return {
        "@type": _TYPE + "config.listener.v3.Listener",
        "name": name,
        "address": address,
        "filter_chains": [chain],
    }


def _inbound(pod: str) -> Json:
    everything = {"match": {"prefix": "/"}, "route": {"cluster": pod, "timeout": "0s"}}
    return {
        "name": pod,
        "validate_clusters": False,
        "virtual_hosts": [{"name": pod, "domains": ["*"], "routes": [everything]}],
    }


def _route_configuration(topology: Topology) -> Json:
    return {
        "@type": _TYPE + "config.route.v3.RouteConfiguration",
        "name": MESH,
        "ignore_port_in_host_matching": True,
        "virtual_hosts": [_virtual_host(route) for route in topology.routes],
    }


def _virtual_host(route: Route) -> Json:
    clusters = [{"name": name, "weight": weight} for name, weight in route.targets]
    action: Json = {
        "weighted_clusters": {"clusters": clusters},
        "timeout": f"{route.timeout_s}s",
    }
    if route.retry is not None:
        action["retry_policy"] = _retry(route.retry)
    if route.mirror_to is not None:
        action["request_mirror_policies"] = [{"cluster": route.mirror_to}]
    rule = {"match": {"prefix": "/"}, "route": action}
    return {"name": route.name, "domains": list(route.hosts), "routes": [rule]}


def _retry(policy: RetryPolicy) -> Json:
    names = (name.strip() for name in policy.retry_on.split(","))
    retry: Json = {
        "retry_on": ",".join(_RETRY_NAMES.get(name, name) for name in names),
        "num_retries": policy.attempts,
    }
    if policy.per_try_timeout_s is not None:
        retry["per_try_timeout"] = f"{policy.per_try_timeout_s}s"
    return retry


def _clusters(topology: Topology, folder: Path) -> list[Json]:
    discovered = [
        _cluster(
            service,
            type="EDS",
            eds_cluster_config={"eds_config": _from_file(folder / f"eds-{service}.json")},
        )
        for service in topology.services
    ]
    fixed = {**topology.pods, **topology.externals}
    return discovered + [
        _cluster(
            name,
            type="STATIC",
            load_assignment=_assignment(name, [_loopback(port)]),
            typed_extension_protocol_options={_UPSTREAM: _SHORT_IDLE},
        )
        for name, port in fixed.items()
    ]


def _cluster(name: str, **settings: Any) -> Json:
    return {
        "@type": _TYPE + "config.cluster.v3.Cluster",
        "name": name,
        "connect_timeout": "2s",
        **settings,
    }


def _endpoints(service: str, pods: tuple[str, ...], stage: str) -> Json:
    addresses = [_pipe(sidecar_socket(stage, pod)) for pod in pods]
    return {
        "@type": _TYPE + "config.endpoint.v3.ClusterLoadAssignment",
        **_assignment(service, addresses),
    }


def _assignment(name: str, addresses: list[Json]) -> Json:
    endpoints = [{"endpoint": {"address": address}} for address in addresses]
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]}


def _from_file(path: Path) -> Json:
    return {"path_config_source": {"path": str(path)}, "resource_api_version": "V3"}


def _pipe(socket: str) -> Json:
    return {"pipe": {"path": socket}}


def _loopback(port: int) -> Json:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}
