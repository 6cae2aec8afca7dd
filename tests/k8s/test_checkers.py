"""Configurations shipped for other programs are loaded by those programs' own checkers."""

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.errors import UserError
from rehearsal.faults import Fault
from rehearsal.live.mesh.envoy import find_envoy
from rehearsal.live.mesh.resources import render
from rehearsal.live.mesh.topology import (
    Condition,
    CorsPolicy,
    Destination,
    HeaderChanges,
    RequestMatch,
    RetryPolicy,
    Rule,
    Service,
    Topology,
)
from tests.k8s.cluster import K8S, OVERLAYS


def _ran(*command: str) -> None:
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[:2000]


def test_prometheus_takes_its_configuration(tmp_path: Path) -> None:
    """Debian's promtool is built without Kubernetes discovery, so that part stands aside."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not on this machine")
    config: Any = yaml.safe_load((K8S / "addons/prometheus/prometheus.yml").read_text())
    for job in config["scrape_configs"]:
        assert job.pop("kubernetes_sd_configs")
        job["static_configs"] = [{"targets": ["127.0.0.1:9090"]}]
    file = tmp_path / "prometheus.yml"
    file.write_text(yaml.safe_dump(config))
    _ran(promtool, "check", "config", str(file))


def test_every_relabelling_action_is_one_of_prometheus() -> None:
    """prometheus.io/docs: relabel_config."""
    known = {"replace", "keep", "drop", "hashmod", "labelmap", "labeldrop", "labelkeep"}
    known |= {"lowercase", "uppercase", "keepequal", "dropequal"}
    config: Any = yaml.safe_load((K8S / "addons/prometheus/prometheus.yml").read_text())
    for job in config["scrape_configs"]:
        for rule in job["relabel_configs"]:
            assert rule.get("action", "replace") in known


def _mesh() -> Topology:
    """One of everything that the mesh can be told."""
    everything = Rule(
        (Destination("a", 90, (("Set-Cookie", "x=1"),)), Destination("b", 10)),
        RequestMatch(
            Condition("regex", "/x.*"),
            ignore_path_case=False,
            headers=(("h", Condition("suffix", "z")), ("cookie", Condition("regex", "^a=.*$"))),
            without_headers=(("n", Condition("exact", "1")),),
            query=(("q", Condition("prefix", "y")),),
        ),
        timeout_s=1.5,
        retry=RetryPolicy(2, 0.5, "5xx,client-error"),
        mirror_to="b",
        rewrite_path="/y",
        rewrite_authority="other",
        request_headers=HeaderChanges((("a", "1%"),), (("b", "2"),), ("c",)),
        response_headers=HeaderChanges((("d", "4"),)),
        cors=CorsPolicy((Condition("exact", "http://a"),), ("GET",), ("x",), ("y",), 60, True),
    )
    web = Service("n_web", ("web.n",), (everything, Rule((Destination("a", 100),))))
    tcp_rule = Rule((Destination("a", 70), Destination("b", 30)))
    database = Service("n_db", ("db.n",), (tcp_rule,), "127.0.0.1", (18999,), tcp=True)
    faults = (
        Fault("abort", 5, status=503, path="/x"),
        Fault("delay", 5, delay_s=0.3, header=("a", "b")),
        Fault("bandwidth", 5, kbit_per_s=64),
        Fault("reset", 5),
    )
    return (
        Topology()
        .with_services([web, database])
        .with_clusters({"a": ("pod-1",), "b": ()})
        .with_pod("pod-1", 18998)
        .with_faults({"pod-1": faults})
        .with_external("out", "localhost", 80)
    )


def test_envoy_takes_whatever_the_mesh_is_told(tmp_path: Path) -> None:
    """Listeners, clusters and routes as one static configuration, checked by Envoy itself."""
    try:
        envoy = find_envoy()
    except UserError as error:
        pytest.skip(str(error))
    files = render(_mesh(), tmp_path, "check", 0)
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))
    routes = [r for name, f in files.items() if name.startswith("rds") for r in f["resources"]]
    static: dict[str, Any] = {
        "node": {"id": "check", "cluster": "check"},
        "static_resources": {
            "listeners": [_static(r) for r in files["lds.json"]["resources"]],
            "clusters": [_static(r) for r in files["cds.json"]["resources"]],
        },
    }
    by_name = {_static(route)["name"]: _static(route) for route in routes}
    for listener in static["static_resources"]["listeners"]:
        for chain in listener["filter_chains"]:
            config = chain["filters"][0]["typed_config"]
            discovered = config.pop("rds", None)
            if discovered is not None:
                config["route_config"] = by_name[discovered["route_config_name"]]
    file = tmp_path / "envoy.json"
    file.write_text(json.dumps(static))
    _ran(str(envoy), "--mode", "validate", "-c", str(file), "--log-level", "error")


def _static(resource: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in resource.items() if key != "@type"}


def _collector() -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load((K8S / "addons/xray-collector/config.yaml").read_text())
    return config


def test_the_collector_takes_its_configuration() -> None:
    """X-Ray's receiver is in the contributed and in AWS' own distribution."""
    names = ("otelcol-contrib", "aws-otel-collector", "awscollector")
    collector = next(filter(None, map(shutil.which, names)), None)
    if collector is None:
        pytest.skip(f"none of {', '.join(names)} is on this machine")
    file = str(K8S / "addons/xray-collector/config.yaml")
    _ran(collector, "validate", f"--config=file:{file}")


def test_every_part_that_the_collector_uses_is_there() -> None:
    """What `validate` refuses first: opentelemetry.io/docs/collector/configuration.

    A part that is not used is allowed: it stands ready for whoever names it in a pipeline.
    """
    config = _collector()
    used: dict[str, set[str]] = {"extensions": set(config["service"]["extensions"])}
    for pipeline in config["service"]["pipelines"].values():
        for kind, names in pipeline.items():
            used.setdefault(kind, set()).update(names)
    assert used
    for kind, names in used.items():
        assert names <= set(config[kind])


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kubectl_builds_every_overlay(overlay: str) -> None:
    """With the real kubectl, where the one of PyPI is."""
    kubectl = shutil.which("kubectl") or shutil.which(
        "kubectl", path=str(Path(sys.executable).parent)
    )
    if kubectl is None:
        pytest.skip("kubectl is not on this machine")
    _ran(kubectl, "kustomize", str(K8S / "overlays" / overlay))


def test_locust_takes_the_shipped_file() -> None:
    if find_spec("locust") is None:  # not imported here: it patches the standard library
        pytest.skip("locust is not installed")
    file = str(K8S.parent / "loadtester/locust/locustfile.py")
    _ran(sys.executable, "-m", "locust", "-f", file, "--list")
