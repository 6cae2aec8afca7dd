"""docs/loadtester.md against the code: what is there is told, what is told is there."""

import re
from pathlib import Path

import pytest

from loadtester.webhooks.metrics import Metrics
from loadtester.webhooks.settings import FLAGS
from loadtester.webhooks.tasks import TYPES
from tests.loadtester.webhooks.running import Running

DOCS = Path(__file__).parents[3] / "docs"
TEXT = (DOCS / "loadtester.md").read_text()
LOCUST = (DOCS / "locust.md").read_text()


def section(title: str) -> str:
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,3}} |\Z)", TEXT, re.M | re.S)
    assert found, f"no section {title}"
    return found[2]


def named(text: str) -> set[str]:
    """Everything between backquotes in the first two columns of a table."""
    rows = [line.split("|")[1:3] for line in text.splitlines() if line.startswith("| ")]
    return {name for row in rows for cell in row for name in re.findall(r"`([^`]+)`", cell)}


def test_every_flag_and_its_twin() -> None:
    told = named(section("Flags"))
    assert told == {f"--{flag.name}" for flag in FLAGS} | {flag.env for flag in FLAGS}


@pytest.mark.parametrize(
    ("name", "default"),
    [(flag.name, flag.default) for flag in FLAGS if isinstance(flag.default, str | int | float)],
)
def test_every_default(name: str, default: object) -> None:
    (row,) = [line for line in section("Flags").splitlines() if f"`--{name}`" in line]
    spoken = {3600.0: "1h", 25.0: "25s", 1 << 20: "1M", "": None, 0: None}
    text = spoken.get(default, str(default))
    cell = row.split("|")[3].strip()
    assert cell == (f"`{text}`" if text else cell if name == "data-dir" else "")


def test_every_task_type_has_a_section() -> None:
    found = re.search(r"^## Task types\n(.*?)^## ", TEXT, re.M | re.S)
    assert found
    assert re.findall(r"^### (\w+)$", found[1], re.M) == list(TYPES)


@pytest.mark.parametrize("name", TYPES)
def test_every_field_of_a_task_type(name: str) -> None:
    told = set(re.findall(r"`([\w.]+)`", section(name)))
    assert set(TYPES[name].fields) <= told
    rows = [line for line in section(name).splitlines() if line.startswith("| `")]
    first = {field for row in rows for field in re.findall(r"`([^`]+)`", row.split("|")[1])}
    assert not rows or first == set(TYPES[name].fields)


def test_every_default_verdict() -> None:
    words = " ".join(section("Verdicts").split())
    assert (
        "`off` is the default of `cmd` and `ngrinder`, `later` of `loadtest` and `locust`" in words
    )
    for name, task in TYPES.items():
        off, later = ("cmd", "ngrinder"), ("loadtest", "locust")
        assert task.verdict == ("off" if name in off else "later" if name in later else "now")


def test_every_route(server: Running) -> None:
    told = set(re.findall(r"`(?:GET |PUT |POST )?(/[^` ]*)`", section("Routes")))
    served = set(server.http.get("/api/openapi.json").json()["paths"])
    extra = {"/readyz", "/metrics", "/ui", "/api/openapi.json"}
    assert told == served | extra


def test_every_metric() -> None:
    exposed = Metrics()
    names = {metric.name for metric in exposed.registry.collect()}
    ours = {name for name in names if name.startswith("loadtester_")}
    assert {
        name.removesuffix("_total") for name in named(section("Metrics")) if "_" in name
    } == ours


def test_locust_names_every_shape_and_variable() -> None:
    folder = Path(__file__).parents[3] / "loadtester" / "locust"
    shapes = {path.stem for path in (folder / "shapes").glob("[a-z]*.py")}
    assert shapes == set(re.findall(r"^\| `(\w+)` \| [a-z]", LOCUST, re.M)) & shapes
    source = (folder / "locustfile.py").read_text()
    for variable in re.findall(r'environ\.get\("(\w+)"', source):
        assert f"`{variable}`" in LOCUST
