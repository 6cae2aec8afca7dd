"""Pages of the Python functions, made from their signatures, docstrings and examples.

The examples are those of docs/python.md, which the tests run.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import rehearsal.api
from rehearsal.linting.report import Report
from rehearsal.probability import OddsTable
from rehearsal.simulated import Run

PYTHON = Path(__file__).parents[1] / "docs/python.md"
RESULTS: Mapping[str, type] = {
    "rehearse": rehearsal.api.RolloutResult,
    "simulate": rehearsal.api.RolloutResult,
    "play": Run,
    "odds": OddsTable,
    "lint": Report,
}
_EXAMPLE = re.compile(r"```(pycon|python)\n(.*?)```", re.S)


def python_pages() -> Mapping[str, str]:
    """The page of each function of `from rehearsal import ...`, by file name."""
    return {
        f"python-{name}": "\n".join(_page(name, getattr(rehearsal.api, name))) + "\n"
        for name in RESULTS
    }


def _page(name: str, function: Callable[..., Any]) -> Iterator[str]:
    signature = inspect.signature(function)
    yield from (f"# {name}", "", "```python", f"from rehearsal import {name}", "")
    yield from (_call(name, signature), "```", "", _prose(function), "")
    yield from ("| parameter | type | default |", "|---|---|---|")
    for parameter in signature.parameters.values():
        default = "" if parameter.default is parameter.empty else f"`{parameter.default!r}`"
        kind = str(parameter.annotation).replace("|", "\\|")
        yield f"| `{parameter.name}` | `{kind}` | {default} |"
    yield from ("", "## Example", "", *_examples(name))
    yield from _result(RESULTS[name])


def _call(function: str, signature: inspect.Signature) -> str:
    shown = [
        name if one.default is one.empty else f"{name}={one.default!r}"
        for name, one in signature.parameters.items()
    ]
    first_by_name = next(
        (i for i, p in enumerate(signature.parameters.values()) if p.kind is p.KEYWORD_ONLY), None
    )
    if first_by_name is not None:
        shown.insert(first_by_name, "*")
    lines = ",\n".join(f"    {one}" for one in shown)
    return f"{function}(\n{lines},\n) -> {signature.return_annotation}"


def _examples(name: str) -> Iterator[str]:
    for kind, text in _EXAMPLE.findall(PYTHON.read_text()):
        if re.search(rf"from rehearsal import {name}\n", text):
            yield from (f"```{kind}", text.rstrip(), "```", "")


def _result(result: type) -> Iterator[str]:
    yield from (f"## {result.__name__}", "", _prose(result), "")
    yield from ("| of the result | |", "|---|---|")
    for name, text in _attributes(result):
        yield f"| `{name}` | {text} |"


def _attributes(result: type) -> Iterator[tuple[str, str]]:
    if dataclasses.is_dataclass(result):
        for field in dataclasses.fields(result):
            if not field.name.startswith("_"):
                yield field.name, f"`{field.type}`".replace("|", "\\|")
    for name, value in vars(result).items():
        if name.startswith("_") or not (inspect.isroutine(value) or hasattr(value, "__get__")):
            continue
        if text := inspect.getdoc(value):
            yield name, " ".join(text.split("\n\n")[0].split()).replace("|", "\\|")


def _prose(thing: object) -> str:
    return inspect.getdoc(thing) or ""
