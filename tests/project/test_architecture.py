"""ARCHITECTURE.md's picture is the contract that imports are held against."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _layers() -> list[set[str]]:
    """The rooms of the rehearsal, from the top, as pyproject.toml has them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layered = [c for c in contracts["contracts"] if c.get("containers") == ["rehearsal"]]
    assert len(layered) == 1
    return [set(re.split(r" [|:] ", layer)) for layer in layered[0]["layers"]]


def _pictured() -> list[set[str]]:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    found = re.search(r"```mermaid\nflowchart TD\n(.*?)```", text, re.DOTALL)
    assert found is not None
    pairs = [line.split("-->") for line in found[1].strip().splitlines()]
    rows = [{room.strip() for room in side.split("&")} for pair in pairs for side in pair]
    upper, lower = rows[0::2], rows[1::2]
    assert upper[1:] == lower[:-1], "each arrow begins where the last one ended"
    return [upper[0], *lower]


def test_the_picture_is_the_contract() -> None:
    assert _pictured() == _layers()


def test_every_room_is_in_the_contract() -> None:
    there = {
        path.name.removesuffix(".py")
        for path in (ROOT / "rehearsal").iterdir()
        if path.suffix == ".py" or (path.is_dir() and list(path.glob("*.py")))
    }
    assert there - {"__init__", "__main__"} == set().union(*_layers())


def test_packages_are_named_on_the_page() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    page = (ROOT / "ARCHITECTURE.md").read_text()
    for package in build["targets"]["wheel"]["packages"]:
        assert f"`{package}/`" in page
