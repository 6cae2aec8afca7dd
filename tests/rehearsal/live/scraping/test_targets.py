import pytest

from rehearsal.live.scraping.targets import Pod, Target, target_of, with_target_labels


def _pod(
    annotations: dict[str, str] | None = None, ports: dict[int, tuple[str, int]] | None = None
) -> Pod:
    return Pod(
        namespace="demo",
        name="detail-6b7-abcde",
        workload="detail",
        service="detail-canary",
        main_port=40001,
        ports=ports or {3000: ("http", 40001), 9797: ("", 40002)},
        labels={"app": "detail", "app.kubernetes.io/name": "detail"},
        annotations=annotations or {},
    )


def _url(target: Target | None) -> str:
    return target.url if target is not None else ""


SCRAPE = {"prometheus.io/scrape": "true"}


@pytest.mark.parametrize(
    ("annotations", "url"),
    [
        ({}, ""),
        (SCRAPE, "http://127.0.0.1:40001/metrics"),
        (SCRAPE | {"prometheus.io/port": "9797"}, "http://127.0.0.1:40002/metrics"),
        (SCRAPE | {"prometheus.io/port": "1234"}, "http://127.0.0.1:40001/metrics"),
        (SCRAPE | {"prometheus.io/port": "x"}, "http://127.0.0.1:40001/metrics"),
        (SCRAPE | {"prometheus.io/port": "9" * 5000}, "http://127.0.0.1:40001/metrics"),
        (SCRAPE | {"prometheus.io/path": "stats"}, "http://127.0.0.1:40001/stats"),
        (SCRAPE | {"prometheus.io/scheme": "https"}, "https://127.0.0.1:40001/metrics"),
        ({"prometheus.io/scrape": "false"}, ""),
    ],
)
def test_annotations(annotations: dict[str, str], url: str) -> None:
    assert _url(target_of(_pod(annotations), always=False)) == url


@pytest.mark.parametrize("name", ["metrics", "http-metrics", "http-prom", "prometheus"])
def test_a_port_named_for_metrics(name: str) -> None:
    pod = _pod(ports={3000: ("http", 40001), 9797: (name, 40002)})
    assert _url(target_of(pod, always=False)) == "http://127.0.0.1:40002/metrics"


def test_a_provider_that_reads_the_application_s_metrics_scrapes_always() -> None:
    assert _url(target_of(_pod(), always=True)) == "http://127.0.0.1:40001/metrics"
    assert target_of(_pod({"prometheus.io/scrape": "false"}), always=True) is None


def test_labels_are_flagger_s_and_the_operator_s() -> None:
    target = target_of(_pod(), always=True)
    assert target is not None
    assert dict(target.labels) == {
        "app": "detail",
        "app_kubernetes_io_name": "detail",
        "kubernetes_namespace": "demo",
        "kubernetes_pod_name": "detail-6b7-abcde",
        "namespace": "demo",
        "pod": "detail-6b7-abcde",
        "service": "detail-canary",
        "job": "detail-canary",
        "instance": "detail-6b7-abcde:40001",
    }


def test_target_labels_win_and_the_application_s_are_kept() -> None:
    found = with_target_labels({"__name__": "x", "pod": "own", "a": "b"}, {"pod": "p"})
    assert found == {"__name__": "x", "exported_pod": "own", "a": "b", "pod": "p"}
