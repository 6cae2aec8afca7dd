"""A future that may be done already, or cancelled, is asked before it is given its result."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("commons", "detail_service", "loadtester", "rehearsal", "xray_local")
GIVING = {"set_result", "set_exception"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def unguarded(source: str) -> Iterator[int]:
    """Lines that end a future in a function that never asks whether it is done."""
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, Function)]
    for function in functions:
        attributes = [node for node in ast.walk(function) if isinstance(node, ast.Attribute)]
        if not any(node.attr == "done" for node in attributes):
            yield from (node.lineno for node in attributes if node.attr in GIVING)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_future_is_ended_twice(package: str) -> None:
    paths = list((ROOT / package).rglob("*.py"))
    assert paths
    found = [f"{path}:{line}" for path in paths for line in unguarded(path.read_text())]
    assert found == []


def test_one_that_is_not_asked_is_found() -> None:
    assert list(unguarded("def f(future):\n    future.set_result(None)\n")) == [2]
    asked = "def f(future):\n    if not future.done():\n        future.set_result(None)\n"
    assert list(unguarded(asked)) == []
