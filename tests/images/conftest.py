"""The images, built once, and a small cluster of them as the manifests would run it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import pytest

from tests.images import podman
from tests.images.podman import Container
from tests.k8s import cluster

PREFIX = "localhost/canary-rehearsal"
RELEASES = {"detail-primary": "1.0", "detail": "2.0", "detail-canary": "3.0"}
SERVICES = (*(f"detail:{release}" for release in RELEASES.values()), "frontend", "loadtester")
TARGETS = (*SERVICES, "rehearse", "xray")
# No pod of the service needs them.
NO_SHELL = tuple(f"--volume=/dev/null:{path}:ro" for path in ("/usr/bin/bash", "/usr/bin/dash"))
# There is no API server here.
STORE = {"LOADTESTER_STORE": "sqlite", "LOADTESTER_ALLOW_HOST": "*.flagger"}


def told(program: str, **instead: str) -> list[str]:
    """How the base's manifest runs a program."""
    (found,) = [c for c in cluster.containers(cluster.build("base")) if c.program == program]
    return podman.as_told(found, **instead)


@pytest.fixture(scope="session")
def images() -> dict[str, str]:
    """Every image by target, the releases of detail as detail:1.0 and so on."""
    if reason := podman.why_not():
        pytest.skip(reason)
    built = {
        f"detail:{release}": podman.build(
            "detail", f"{PREFIX}/detail:{release}", "--build-arg", f"APP_VERSION={release}"
        )
        for release in RELEASES.values()
    }
    for target in ("frontend", "loadtester", "rehearse", "xray"):
        built[target] = podman.build(target, f"{PREFIX}/{target}:1.0")
    return built


@dataclass
class Town:
    """Containers on one network, each found by `<name>.flagger` as on a cluster."""

    network: str
    images: dict[str, str]
    containers: dict[str, Container] = field(default_factory=dict)

    def up(
        self, name: str, image: str, *arguments: str, command: tuple[str, ...] = ()
    ) -> Container:
        """Start one."""
        found = ("--network", self.network, "--network-alias", f"{name}.flagger")
        full = f"{self.network}-{name}"
        self.containers[name] = Container(full)
        return podman.start(full, self.images[image], [*found, *arguments], command)

    def down(self, *names: str) -> None:
        """Remove these, or all."""
        gone = names or tuple(self.containers)
        podman.remove([self.containers.pop(name).name for name in gone if name in self.containers])


@pytest.fixture(scope="session")
def town(images: dict[str, str]) -> Iterator[Town]:
    """Three releases of detail, the frontend and the load tester, by the tutorial's names."""
    made = Town(f"images-{os.getpid()}", images)
    podman.run("network", "create", made.network)
    try:
        for name, release in RELEASES.items():
            made.up(name, f"detail:{release}", *NO_SHELL, *told("detail"))
        made.up("frontend", "frontend", *NO_SHELL, *told("frontend"))
        tester = made.up(
            "flagger-loadtester", "loadtester", *told("loadtester", **STORE), "-p=127.0.0.1::8080"
        )
        for name in (*RELEASES, "flagger-loadtester"):
            port = 8080 if name == "flagger-loadtester" else 3000
            url = f"http://{name}.flagger:{port}/healthz"
            podman.until(partial(tester.succeeds, "curl", "-sf", url), f"{url} answers")
        yield made
    finally:
        made.down()
        podman.run("network", "rm", "-f", made.network, check=False)


@pytest.fixture
def loadtester(town: Town) -> Container:
    return town.containers["flagger-loadtester"]
