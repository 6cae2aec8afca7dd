"""What the Dockerfile promises, read from its text: no tools needed."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.k8s.cluster import Container, every_container

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "Dockerfile").read_text()
LINES = [line.strip() for line in TEXT.replace("\\\n", " ").splitlines()]
TARGETS = ("detail", "frontend", "loadtester", "rehearse", "xray")
OWN = [item for item in every_container() if item.program]


def stage(name: str) -> list[str]:
    """The instructions of one stage and, before them, of those it is made from."""
    found: list[str] = []
    inside = False
    for line in LINES:
        if match := re.fullmatch(r"FROM (\S+) AS (\S+)", line):
            inside = match[2] == name
            if inside and match[1] != "${PYTHON_IMAGE}":
                found += stage(match[1])
        elif inside and line and not line.startswith("#"):
            found.append(line)
    return found


def last(name: str, instruction: str) -> str:
    return [line for line in stage(name) if line.startswith(f"{instruction} ")][-1]


def environment(name: str) -> dict[str, str]:
    lines = [line for line in stage(name) if line.startswith("ENV ")]
    return dict(re.findall(r"(\w+)=(\S*)", " ".join(lines)))


def test_the_default_base_is_a_public_slim_python() -> None:
    assert re.search(r"^ARG PYTHON_IMAGE=docker\.io/library/python:3\.\d+-slim$", TEXT, re.M)


@pytest.mark.parametrize("target", TARGETS)
def test_an_image_runs_as_a_number_without_a_shell_in_between(target: str) -> None:
    assert last(target, "USER") == "USER 10001:10001"
    assert re.match(r'ENTRYPOINT \[".*"\]$', last(target, "ENTRYPOINT"))
    assert f'/opt/venv/bin/{target}"]' in last(target, "ENTRYPOINT")


def test_probes_are_left_to_kubernetes() -> None:
    assert "HEALTHCHECK" not in TEXT


def test_whatever_is_installed_is_pinned_by_hash_or_ours() -> None:
    installs = [line for line in LINES if "pip --python" in line]

    assert len(installs) >= 5
    for line in installs:
        assert "--require-hashes -r" in line or "/tmp/dist/*.whl" in line, line
        assert "--no-deps" in line


def test_no_registry_of_packages_is_named() -> None:
    assert not re.search(r"index-url|pypi", TEXT)


@pytest.mark.parametrize("container", OWN, ids=lambda item: item.name)
def test_a_manifest_runs_a_target_on_the_port_it_exposes(container: Container) -> None:
    assert container.program in TARGETS
    exposed = re.findall(r"\d+(?:/udp)?", last(container.program, "EXPOSE"))
    settings = environment(container.program)

    if container.program == "xray":
        assert exposed == ["2000/udp", "2000", "4318"]
        assert sorted(container.ports.values()) == [2000, 2000, 4318]
    else:
        assert exposed == [settings.get("PORT") or settings["LOADTESTER_PORT"]]
        if "command" not in container.spec:
            assert container.ports["http"] == int(exposed[0])
    user = int(last(container.program, "USER").removeprefix("USER ").split(":")[0])
    assert container.pod["spec"]["securityContext"]["runAsUser"] == user


def test_a_command_that_replaces_the_entrypoint_is_in_the_image() -> None:
    commands = [item.spec["command"] for item in OWN if "command" in item.spec]

    assert commands
    for *front, program in commands:
        assert front == ["/usr/bin/tini", "--"]
        assert program in ("/opt/venv/bin/locust", "/opt/venv/bin/python")
    assert "tini" in TEXT
    assert "locust==" in (ROOT / "requirements/loadtester.txt").read_text()


def test_the_context_is_what_is_named() -> None:
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    kept = [rule.removeprefix("!") for rule in rules if rule.startswith("!")]

    assert rules[1] == "*", "nothing goes in unless it is named"
    assert all(list(ROOT.glob(rule)) for rule in kept)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *wheel["force-include"], "pyproject.toml"}
    if "custom" in wheel.get("hooks", {}):
        needed.add(wheel["hooks"]["custom"].get("path", "hatch_build.py"))
    assert needed <= set(kept)


@pytest.mark.parametrize(
    ("environment", "own"), [("detail-env", "detail_service"), ("loadtester-env", "loadtester")]
)
def test_an_image_keeps_only_its_own_package_and_what_all_share(environment: str, own: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    commands = {
        name: target.partition(".")[0] for name, target in project["project"]["scripts"].items()
    }
    removals = re.findall(r"\brm -r ([^&]+)", " ".join(stage(environment)))
    removed = {name for removal in removals for name in removal.split()}

    assert removed == (packages - {own, "commons"}) | {
        f"bin/{name}" for name, package in commands.items() if package != own
    }


def test_every_build_argument_is_documented() -> None:
    page = (ROOT / "docs/images.md").read_text()
    arguments = {re.split("[ =]", line)[1] for line in LINES if line.startswith("ARG ")}

    assert arguments
    assert all(f"`{argument}`" in page for argument in arguments)
