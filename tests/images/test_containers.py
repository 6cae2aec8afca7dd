"""The images as Kubernetes runs them: read-only, nobody, without capabilities."""

import json
import os
import re
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.images import podman
from tests.images.conftest import RELEASES, SERVICES, STORE, Town, told
from tests.images.podman import Container
from tests.k8s import cluster

pytestmark = [pytest.mark.images, pytest.mark.timeout(600)]

NAMES = (*RELEASES, "frontend", "flagger-loadtester")
CANARY = cluster.canary("appmesh")
HOOKS = {hook["name"]: hook for hook in CANARY["spec"]["analysis"]["webhooks"]}
FAULT = "curl http://detail-canary.flagger:3000/injectFault"
LOAD = "hey -z 3s -c 5 -q 5 http://detail-canary.flagger:3000/catalogDetail"
UP = "import sys, urllib.request as u; u.urlopen(f'http://127.0.0.1:{sys.argv[1]}/healthz')"
SERVED = {c.program: c for c in cluster.containers(cluster.build("base")) if c.program}


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


@pytest.mark.parametrize("name", NAMES)
def test_a_container_is_nobody_and_may_nothing(town: Town, name: str) -> None:
    status = town.containers[name].status()

    assert status["Uid"].split() == ["10001"] * 4
    assert {status[kind] for kind in ("CapPrm", "CapEff", "CapBnd")} == {"0" * 16}
    assert status["NoNewPrivs"] == "1"


@pytest.mark.parametrize("name", NAMES)
def test_the_root_file_system_is_read_only(town: Town, name: str) -> None:
    tried = town.containers[name].exec("python", "-c", "open('/opt/venv/x', 'w')", check=False)

    assert tried.returncode != 0
    assert re.search("Read-only file system|Permission denied", tried.stderr)
    spec = podman.run(
        "inspect", town.containers[name].name, "--format", "{{.HostConfig.ReadonlyRootfs}}"
    )
    assert spec.stdout.strip() == "true"


def test_each_release_sells_what_it_should(loadtester: Container) -> None:
    vendors = {"detail-primary": "1", "detail": "2", "detail-canary": "3"}
    for host, version in vendors.items():
        page = loadtester.exec("curl", "-s", f"http://{host}.flagger:3000/catalogDetail").stdout
        assert json.loads(page)["version"] == version
        assert len(json.loads(page)["vendors"]) == int(version)


def test_detail_has_no_shell_and_misses_none(town: Town) -> None:
    """The service runs with the shells of its image masked."""
    assert town.containers["detail"].exec("sh", "-c", "true", check=False).returncode != 0


def test_the_frontend_shows_what_detail_sells(town: Town, loadtester: Container) -> None:
    page = loadtester.exec("curl", "-s", "http://frontend.flagger:9000/").stdout

    assert "XYZ.com" in page
    assert "PQR.com" not in page


def test_the_acceptance_test_of_the_canary_passes(loadtester: Container) -> None:
    status, body = post(loadtester, "/", webhook("acceptance-test"))

    assert (status, body) == (200, "")


def test_the_load_test_of_the_canary_starts_and_is_seen(loadtester: Container) -> None:
    def requests() -> float:
        text = loadtester.exec("curl", "-s", "http://detail-canary.flagger:3000/metrics").stdout
        rows = [row for row in text.splitlines() if 'path="/ping"' in row and "200" in row]
        return sum(float(row.rpartition(" ")[2]) for row in rows)

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


def test_segments_leave_the_container(town: Town, loadtester: Container) -> None:
    """A daemon that comes later than the service, found by its name."""
    listen = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
    listen += "s.bind(('0.0.0.0', 2000)); print(s.recv(65535).decode(), flush=True)"
    program = f"--entrypoint={json.dumps(['python', '-c', listen])}"
    header = "X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
    daemon = town.up("xray-daemon", "detail:1.0", program)

    def received() -> bool:
        url = "http://detail.flagger:3000/catalogDetail"
        # names may not resolve for a moment when somebody joins the network
        loadtester.succeeds("curl", "-s", "-H", header, url)
        return "Product-Detail-V2" in daemon.logs()

    try:
        podman.until(received, "a segment arrives", within_s=60)
    finally:
        town.down("xray-daemon")


@pytest.mark.parametrize("target", SERVICES)
def test_a_signal_reaches_the_process(images: dict[str, str], target: str) -> None:
    """SIGTERM ends each with 0: after the drain that its manifest sets, within the pod's grace."""
    program = target.partition(":")[0]
    manifest = SERVED[program]
    drain_s = int(manifest.env.get(f"{program.upper()}_DRAIN_SECONDS", "0"))
    grace_s = manifest.pod["spec"]["terminationGracePeriodSeconds"]
    name = f"images-{os.getpid()}-stop"
    up = ["python", "-c", UP, str(manifest.ports["http"])]
    try:
        container = podman.start(name, images[target], told(program, **STORE))
        podman.until(lambda: container.succeeds(*up), f"{target} is up")

        code, took_s = container.terminate(within_s=grace_s)

        assert code == 0, container.logs()
        assert drain_s <= took_s < grace_s
    finally:
        podman.remove([name])
