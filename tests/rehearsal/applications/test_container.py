import sys
from typing import Any

import pytest

from rehearsal.applications.container import Probe, container_of, with_image
from rehearsal.errors import UserError


def _template(**container: Any) -> dict[str, Any]:
    return {
        "spec": {"containers": [{"name": "detail", "image": "r:5000/x/detail:2.0", **container}]}
    }


def test_the_image_is_read_from_its_end() -> None:
    container = container_of(_template())
    assert (container.repository, container.version) == ("r:5000/x/detail", "2.0")


def test_an_image_without_a_tag_is_latest() -> None:
    assert container_of(_template(image="r:5000/detail")).version == "latest"


def test_the_image_runs_as_its_module() -> None:
    assert container_of(_template()).command(8123) == [
        *(sys.executable, "-m", "detail_service"),
        *("--app-version", "2.0", "--port", "8123"),
    ]


def test_an_image_of_somebody_else_cannot_be_run() -> None:
    with pytest.raises(UserError, match=r"docker.io/nginx:1.27.*detail"):
        container_of(_template(image="docker.io/nginx:1.27")).command(1)


def test_a_template_without_containers_is_refused() -> None:
    with pytest.raises(UserError, match=r"containers\[0\]"):
        container_of({"spec": {"containers": []}})


def test_environment_and_probes() -> None:
    container = container_of(
        _template(
            env=[{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {}}],
            readinessProbe={"httpGet": {"path": "/readyz"}, "periodSeconds": 3},
            livenessProbe={"tcpSocket": {"port": 1}},
        )
    )
    assert container.env == {"A": "1"}
    assert container.readiness == Probe("/readyz", period_s=3)
    assert container.liveness is None


def test_setting_an_image_touches_nothing_else() -> None:
    before = _template(env=[{"name": "A", "value": "1"}])
    before["spec"]["containers"].append({"name": "envoy", "image": "envoy:1"})
    after = with_image(before, "detail", "x/detail:3.0")
    images = [c["image"] for c in after["spec"]["containers"]]
    assert images == ["x/detail:3.0", "envoy:1"]
    assert before["spec"]["containers"][0]["image"] == "r:5000/x/detail:2.0"
    assert after["spec"]["containers"][0]["env"] == [{"name": "A", "value": "1"}]
