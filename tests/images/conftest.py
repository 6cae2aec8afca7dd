"""The images, built once, and a small cluster of hardened containers on a network of their own."""

import os
from collections.abc import Iterator

import pytest

from tests.images import podman
from tests.images.podman import Container

PREFIX = "localhost/canary-rehearsal"
RELEASES = ("1.0", "2.0", "3.0")
NO_SHELL = tuple(f"--volume=/dev/null:{path}:ro" for path in ("/usr/bin/bash", "/usr/bin/dash"))


@pytest.fixture(scope="session")
def images() -> dict[str, str]:
    """Every image by target, the releases of detail as detail:1.0 and so on."""
    if reason := podman.why_not():
        pytest.skip(reason)
    built = {
        f"detail:{release}": podman.build(
            "detail", f"{PREFIX}/detail:{release}", "--build-arg", f"APP_VERSION={release}"
        )
        for release in RELEASES
    }
    for target in ("frontend", "loadtester"):
        built[target] = podman.build(target, f"{PREFIX}/{target}:1.0")
    return built


@pytest.fixture(scope="session")
def containers(images: dict[str, str]) -> Iterator[dict[str, Container]]:
    """Three releases of detail, the frontend and the load tester, by the tutorial's names."""
    mark = f"images-{os.getpid()}"
    started: dict[str, Container] = {}

    def up(name: str, image: str, *arguments: str) -> None:
        alias = ("--network", mark, "--network-alias", f"{name}.flagger")
        started[name] = Container(f"{mark}-{name}")
        podman.start(f"{mark}-{name}", images[image], *alias, *arguments)

    podman.run("network", "create", mark)
    try:
        tracing = ("--env", "AWS_XRAY_DAEMON_ADDRESS=xray-daemon.flagger:2000")
        up("detail-primary", "detail:1.0", *NO_SHELL)
        up("detail", "detail:2.0", *NO_SHELL, *tracing)
        up("detail-canary", "detail:3.0", *NO_SHELL)
        backend = "BASE_URL=http://detail.flagger:3000/catalogDetail"
        up("frontend", "frontend", *NO_SHELL, "--env", backend, "--publish", "127.0.0.1::9000")
        up("flagger-loadtester", "loadtester", "--tmpfs=/tmp", "--publish", "127.0.0.1::8080")
        yield started
    finally:
        podman.remove([container.name for container in started.values()])
        podman.run("network", "rm", "-f", mark, check=False)
