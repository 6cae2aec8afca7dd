import pytest

from rehearsal.metrics.addresses import Destination, destination, is_ours

SERVER = "http://prometheus:9090"
OURS = [
    "",
    SERVER,
    "http://prometheus:9090/",
    "http://prometheus.istio-system:9090",
    "http://prometheus.linkerd-viz.svc.cluster.local:9090",
    "http://prometheus.linkerd-viz.svc.cluster.local.:9090",
    "http://flagger-prometheus.ingress-nginx:9090",
    "http://appmesh-prometheus.appmesh-system:9090",
    "http://prometheus-operated.monitoring.svc:9090",
    "http://prometheus-k8s.monitoring:9090",
    "http://prometheus-server.default",
    "http://kube-prometheus-stack-prometheus.monitoring:9090/",
    "http://prometheus-kube-prometheus-prometheus.monitoring:9090",
    "http://prometheus-stack-prometheus.monitoring",
]
FOREIGN = [
    "http://my-own-prometheus:9090",
    "http://127.0.0.1:9090",
    "http://localhost:9090",
    "http://prometheus.example.com",
    "https://prometheus.eu-west-1.amazonaws.com/workspaces/x",
    "http://thanos-query.monitoring:9090",
    "http://mimir:8080/prometheus",
    "http://[::1]:9090",
    "http://[::1/x",
    "http://" + "a" * 5000,
    "prometheus:9090",
    "x",
]


@pytest.mark.parametrize("address", OURS)
def test_the_cluster_s_own(address: str) -> None:
    assert is_ours(address, SERVER)
    assert destination(address, SERVER, "") == Destination("internal")
    assert destination(address, SERVER, "http://other") == Destination("internal")


@pytest.mark.parametrize("address", FOREIGN)
def test_somebody_s(address: str) -> None:
    assert not is_ours(address, SERVER)
    assert destination(address, SERVER, "") == Destination("server", address)
    assert destination(address, SERVER, "http://other") == Destination("server", "http://other")
    assert destination(address, SERVER, "internal") == Destination("internal")


def test_a_metrics_server_of_one_s_own_is_the_cluster_s() -> None:
    assert is_ours("http://thanos:10902", "http://thanos:10902")
