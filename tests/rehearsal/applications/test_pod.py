from typing import Any

import pytest

from rehearsal.applications.pod import (
    BUILD,
    ContainerPort,
    Probe,
    read_pod,
    read_probe,
    with_annotations,
    with_env,
    with_image,
)
from rehearsal.errors import UserError


def _template(**container: Any) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "app", "image": "shop:1", **container}]}}


@pytest.mark.parametrize(
    ("image", "repository", "tag", "short"),
    [
        ("shop", "shop", "latest", "shop"),
        ("shop:1.2", "shop", "1.2", "shop"),
        ("ghcr.io/a/shop:1.2", "ghcr.io/a/shop", "1.2", "shop"),
        ("localhost:5000/shop", "localhost:5000/shop", "latest", "shop"),
        ("localhost:5000/shop:v1@sha256:abc", "localhost:5000/shop", "v1", "shop"),
    ],
)
def test_an_image_has_a_repository_and_a_tag(
    image: str, repository: str, tag: str, short: str
) -> None:
    container = read_pod(_template(image=image)).container
    assert (container.repository, container.tag, container.short_name) == (repository, tag, short)


def test_the_container_that_serves_is_the_application() -> None:
    template: dict[str, Any] = {
        "spec": {
            "containers": [
                {"name": "proxy", "image": "proxy:1", "ports": [{"containerPort": 15001}]},
                {
                    "name": "app",
                    "image": "shop:1",
                    "ports": [{"containerPort": 8080, "name": "http"}, {"containerPort": 9797}],
                },
            ]
        }
    }
    for port in (8080, "8080", "http", 9797):
        pod = read_pod(template, port)
        assert pod.container.name == "app"
        assert pod.others == ("proxy",)
    assert read_pod(template, 1).container.name == "proxy"
    app = read_pod(template, "http").container
    assert app.port(None) == app.port("http") == ContainerPort(8080, "http")
    assert app.port("absent") is None


def test_a_template_without_containers_is_refused() -> None:
    empty: tuple[dict[str, Any], ...] = ({}, {"spec": {}}, {"spec": {"containers": []}})
    for template in empty:
        with pytest.raises(UserError, match="at least one container"):
            read_pod(template)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (None, None),
        ({}, None),
        ({"periodSeconds": 3}, None),
        ({"httpGet": {"port": "http"}}, Probe("http", port="http")),
        (
            {"httpGet": {"path": "/x", "port": 1, "scheme": "https",
                         "httpHeaders": [{"name": "A", "value": "b"}]}},
            Probe("http", "/x", 1, headers=(("A", "b"),), tls=True),
        ),
        (
            {"httpGet": {"port": 1, "httpHeaders": [{"name": "A", "value": None}, {"name": "B"}]}},
            Probe("http", port=1, headers=(("A", ""), ("B", ""))),
        ),
        ({"tcpSocket": {"port": 6379}, "periodSeconds": 3}, Probe("tcp", port=6379, period_s=3)),
        ({"grpc": {"port": 9, "service": "s"}}, Probe("grpc", port=9, service="s")),
        (
            {"exec": {"command": ["cat", "/x"]}, "failureThreshold": 9, "timeoutSeconds": 2},
            Probe("exec", command=("cat", "/x"), failure_threshold=9, timeout_s=2),
        ),
        (
            {"httpGet": {"port": 1}, "initialDelaySeconds": 5, "successThreshold": 2},
            Probe("http", port=1, initial_delay_s=5, success_threshold=2),
        ),
    ],
)  # fmt: skip
def test_probes_have_kubernetes_defaults(
    raw: dict[str, Any] | None, expected: Probe | None
) -> None:
    assert read_probe(raw) == expected


def test_changes_leave_the_template_they_came_from() -> None:
    before = _template(env=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}])
    image = with_image(before, "app", "shop:2")
    env = with_env(before, "app", {"A": "9", "C": "3"})
    noted = with_annotations(before, {BUILD: "candidate"})
    assert read_pod(before).container.image == "shop:1"
    assert read_pod(image).container.image == "shop:2"
    assert read_pod(env).container.env == (
        {"name": "B", "value": "2"},
        {"name": "A", "value": "9"},
        {"name": "C", "value": "3"},
    )
    assert (read_pod(before).build, read_pod(noted).build) == ("", "candidate")
    assert with_image(before, "other", "shop:2") == before
