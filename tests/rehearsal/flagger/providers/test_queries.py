"""The PromQL that travels, compared with Flagger's own text, and who asks what."""

import pytest

from rehearsal.flagger.controller.templates import Model, collapse, render
from rehearsal.flagger.providers import queries_of

MODEL = Model("n", "default", "podinfo", "svc", "ing.ress", "rt", "1m")
POD = 'kubernetes_namespace="default", kubernetes_pod_name=~"podinfo-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"'


def rate(series: str) -> str:
    return f"sum( rate( {series}[1m] ) )"


def p99(series: str) -> str:
    return f" histogram_quantile( 0.99, sum( rate( {series}[1m] ) ) by (le) )"


def ratio(good: str, every: str) -> str:
    return f" {rate(good)} / {rate(every)} * 100"


ISTIO = (
    'reporter="destination", destination_workload_namespace="default", '
    'destination_workload=~"podinfo"'
)
LINKERD = 'namespace="default", deployment=~"podinfo"'
NGINX = 'namespace="default", ingress="ing.ress", canary!=""'
TRAEFIK = 'service=~"default-podinfo-canary-[0-9a-zA-Z-]+@kubernetescrd"'
APPMESH_QUERIES = (
    ratio(
        f'envoy_cluster_upstream_rq{{ {POD}, envoy_response_code!~"5.*" }}',
        f"envoy_cluster_upstream_rq{{ {POD} }}",
    ),
    p99(f"envoy_cluster_upstream_rq_time_bucket{{ {POD} }}"),
)
HTTP_QUERIES = (
    ratio(
        f'http_request_duration_seconds_count{{ {POD}, status!~"5.*" }}',
        f"http_request_duration_seconds_count{{ {POD} }}",
    ),
    p99(f"http_request_duration_seconds_bucket{{ {POD} }}"),
)
ISTIO_QUERIES = (
    ratio(
        f'istio_requests_total{{ {ISTIO}, response_code!~"5.*" }}',
        f"istio_requests_total{{ {ISTIO} }}",
    ),
    p99(f"istio_request_duration_milliseconds_bucket{{ {ISTIO} }}"),
)


def envoy(cluster: str) -> tuple[str, str]:
    """Flagger leaves a comma after the last label here."""
    return (
        ratio(
            f'envoy_cluster_upstream_rq{{ {cluster}, envoy_response_code!~"5.*" }}',
            f"envoy_cluster_upstream_rq{{ {cluster}, }}",
        ),
        p99(f"envoy_cluster_upstream_rq_time_bucket{{ {cluster}, }}"),
    )


EXPECTED = {
    "appmesh": APPMESH_QUERIES,
    "appmesh:v1beta2": APPMESH_QUERIES,
    "kubernetes": HTTP_QUERIES,
    "gatewayapi:v1": HTTP_QUERIES,
    "gatewayapi:v1beta1": HTTP_QUERIES,
    "istio": ISTIO_QUERIES,
    "smi:v1alpha3": ISTIO_QUERIES,
    "kubernetes:service": ISTIO_QUERIES,
    "linkerd": (
        ratio(
            f'response_total{{ {LINKERD}, classification!="failure", direction="inbound" }}',
            f'response_total{{ {LINKERD}, direction="inbound" }}',
        ),
        p99(f'response_latency_ms_bucket{{ {LINKERD}, direction="inbound" }}'),
    ),
    "nginx": (
        ratio(
            f'nginx_ingress_controller_requests{{ {NGINX}, status!~"5.*" }}',
            f"nginx_ingress_controller_requests{{ {NGINX} }}",
        ),
        f" {rate(f'nginx_ingress_controller_response_duration_seconds_sum{{ {NGINX} }}')} / "
        f"{rate(f'nginx_ingress_controller_response_duration_seconds_count{{ {NGINX} }}')} * 1000",
    ),
    "traefik": (
        ratio(
            f'traefik_service_request_duration_seconds_bucket{{ {TRAEFIK}, code!~"5..", '
            'le="+Inf" }',
            f'traefik_service_request_duration_seconds_bucket{{ {TRAEFIK}, le="+Inf" }}',
        ),
        p99(f"traefik_service_request_duration_seconds_bucket{{ {TRAEFIK} }}") + " * 1000",
    ),
    "contour": envoy('envoy_cluster_name=~"default_svc-canary_[0-9a-zA-Z-]+"'),
    "gloo": envoy(
        'envoy_cluster_name=~"default-podinfo-canaryupstream-[0-9a-zA-Z-]+_[0-9a-zA-Z-]+"'
    ),
    "kuma": envoy('service=~"podinfo-canary_default_svc_[0-9a-zA-Z-]+"'),
    "knative": envoy('envoy_cluster_name=~"default/rt"'),
}


@pytest.mark.parametrize("provider", EXPECTED)
def test_queries(provider: str) -> None:
    found = queries_of(provider)
    sent = tuple(collapse(render(text, MODEL)) for text in (found.success_rate, found.duration))
    assert sent == EXPECTED[provider]


def test_skipper_writes_underscores() -> None:
    found = queries_of("skipper")
    sent = collapse(render(found.success_rate, found.adapt(MODEL)))
    route = 'route=~"kube(ew)?_default__ing_ress_canary__.*__svc_canary(_[0-9]+)?"'
    name = "skipper_response_duration_seconds_bucket"
    good = f'{name}{{{route},code!~"5..",le="+Inf"}}[1m]'
    every = f'{name}{{{route},le="+Inf"}}[1m]'
    assert sent == f" sum(rate({good})) / sum(rate({every})) * 100"


@pytest.mark.parametrize("provider", [*EXPECTED, "skipper", "osm", "apisix"])
def test_every_query_is_already_collapsed(provider: str) -> None:
    found = queries_of(provider)
    for text in (found.success_rate, found.duration):
        assert text == collapse(text)
        assert "{{ interval }}" in text


@pytest.mark.parametrize(
    ("provider", "value", "duration_ns"),
    [
        ("appmesh", 1515.9, 1_515_000_000),
        ("istio", 0.9, 0),
        ("kubernetes", 0.5159, 515_000_000),
        ("gatewayapi:v1", 1.5, 1_500_000_000),
        ("traefik", 250.7, 250_000_000),
        ("nginx", 10.0, 10_000_000),
    ],
)
def test_durations_are_cut_off_to_whole_milliseconds(
    provider: str, value: float, duration_ns: int
) -> None:
    assert queries_of(provider).duration_ns(value) == duration_ns
