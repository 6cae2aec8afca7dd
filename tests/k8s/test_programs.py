"""The manifests against the programs they start: variables, probes, metrics, commands."""

import re
import shlex
from collections.abc import Iterator
from fractions import Fraction
from urllib.parse import urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families

from detail_service.catalog import VENDORS
from loadtester.hey import flags
from loadtester.hey.goflag import FlagSet
from loadtester.hey.plans import plan
from loadtester.webhooks.tasks import TYPES
from tests.k8s import programs
from tests.k8s.cluster import OURS, OVERLAYS, Container, Manifest, build, canary, containers
from tests.k8s.programs import Program

SERVED = {
    container.program: container
    for container in containers(build("base"))
    if container.program is not None
}
HOOKS = [
    pytest.param(hook, id=f"{overlay}-{hook['name']}")
    for overlay in OVERLAYS
    for hook in canary(overlay)["spec"]["analysis"]["webhooks"]
]
# What the Dockerfile puts into the load tester, held against the image by tests/images.
TOOLS = {"bash", "curl", "grep", "hey", "jq", "locust"}


@pytest.fixture(scope="module", params=sorted(SERVED))
def served(request: pytest.FixtureRequest) -> Iterator[tuple[Container, Program]]:
    """Each program, running with the environment of its Deployment."""
    container = SERVED[request.param]
    running = programs.start(request.param, container.env)
    yield container, running
    running.stop()


@pytest.mark.parametrize("program", sorted(SERVED))
def test_every_variable_is_one_that_the_program_reads(program: str) -> None:
    known = set(re.findall(r"\b[A-Z][A-Z_]{3,}\b", programs.help_of(program)))
    tracing = {"AWS_XRAY_DAEMON_ADDRESS"}

    assert set(SERVED[program].env) <= known | tracing


def test_probes_are_answered(served: tuple[Container, Program]) -> None:
    container, running = served
    paths = [
        container.spec[kind]["httpGet"]["path"] for kind in ("livenessProbe", "readinessProbe")
    ]

    for path in paths:
        assert running.get(path).status == 200, path
    assert running.get("/no-such-path").body != running.get(paths[0]).body


def test_metrics_are_where_the_annotation_says(served: tuple[Container, Program]) -> None:
    container, running = served
    notes = container.pod["metadata"]["annotations"]
    families = text_string_to_metric_families(running.get(notes["prometheus.io/path"]).body)

    assert int(notes["prometheus.io/port"]) == container.ports["http"]
    assert {family.name for family in families} > {"process_cpu_seconds"}


def test_every_image_of_detail_is_a_release_that_exists() -> None:
    assert SERVED["detail"].spec["image"] == f"{OURS}detail:{SERVED['detail'].tag}"
    assert SERVED["detail"].tag.removesuffix(".0") in VENDORS


@pytest.mark.parametrize("hook", HOOKS)
def test_a_webhook_is_one_that_the_load_tester_understands(hook: Manifest) -> None:
    url = urlsplit(hook["url"])

    assert url.hostname == "flagger-loadtester.flagger"
    assert hook["metadata"].get("type", "cmd") in TYPES
    assert all(isinstance(value, str) for value in hook["metadata"].values())


@pytest.mark.parametrize("hook", HOOKS)
def test_a_command_is_one_that_the_load_tester_can_run(hook: Manifest) -> None:
    for command in hook["metadata"]["cmd"].split("|"):
        words = shlex.split(command)
        assert words[0] in TOOLS
        if words[0] == "hey":
            parsed = FlagSet(flags.FLAGS, twins=flags.TWINS).parse(words[1:], {})
            load = plan(parsed, {}, Fraction(1))
            assert load.stop.duration_ns, "a load test that ends by itself"
            assert not parsed.arguments[1:], "flags after the URL are ignored"


@pytest.fixture(scope="module")
def detail() -> Iterator[Program]:
    running = programs.start("detail", SERVED["detail"].env)
    yield running
    running.stop()


@pytest.mark.parametrize("hook", HOOKS)
def test_a_command_asks_for_paths_that_are_there(hook: Manifest, detail: Program) -> None:
    urls = re.findall(r"https?://[^\s\"']+", hook["metadata"]["cmd"])

    assert urls
    for url in urls:
        assert detail.get(urlsplit(url).path).status == 200, url


def test_the_frontend_asks_for_a_path_that_is_there(detail: Program) -> None:
    answer = detail.get(urlsplit(SERVED["frontend"].env["BASE_URL"]).path)

    assert answer.status == 200
    assert '"vendors"' in answer.body


def test_the_load_tester_takes_flaggers_call_and_refuses_strangers() -> None:
    running = programs.start("loadtester", SERVED["loadtester"].env)
    payload = {"name": "detail", "phase": "Progressing", "checksum": "85d557f47b"}
    task = {"type": "bash", "cmd": "echo Healthy | grep Healthy"}
    try:
        ours = running.get("/", {**payload, "namespace": "flagger", "metadata": task})
        theirs = running.get("/", {**payload, "namespace": "elsewhere", "metadata": task})
    finally:
        running.stop()

    assert ours.status == 200
    assert theirs.status == 403
