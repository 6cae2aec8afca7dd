"""Builds the documentation site: `python scripts/build_site.py FOLDER` (needs the extra `docs`).

Pages are those of `docs/`, whose links hold on GitHub and are turned to the site's here. The
reference is made from the code: flags and variables, exit statuses, the JSON of a report.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from commons import main as guard
from commons.flags import CommandParser, add_flags
from commons.manual import Program, program_of
from detail_service import settings as detail_settings
from detail_service.frontend import settings as frontend_settings
from loadtester.hey import manual as hey_manual
from loadtester.thresholds import verdict as thresholds
from loadtester.webhooks import settings as loadtester_settings
from rehearsal.cli import parser_of_all
from rehearsal.output.verdict import ExitCode
from scripts.python_pages import python_pages
from xray_local import settings as xray_settings

ROOT = Path(__file__).parents[1]
REPOSITORY = "https://github.com/canary-rehearsal/canary-rehearsal"
SCHEMA = ROOT / "rehearsal/output/reports/report.schema.json"
_LINK = re.compile(r"\]\(([^)#\s]*)(#[^)\s]*)?\)")
_TOP = ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
_SERVICES = {
    "detail": detail_settings.FLAGS,
    "frontend": frontend_settings.FLAGS,
    "loadtester": loadtester_settings.FLAGS,
    "xray": xray_settings.FLAGS,
}
NAVIGATION: dict[str, tuple[str, ...]] = {
    "Tutorial": ("tutorial",),
    "How to": (
        "how-to",
        "rehearsal",
        "page",
        "python",
        "pipelines",
        "metrics",
        "kubernetes",
        "images",
    ),
    "What if": ("lint", "odds", "play"),
    "The parts": ("detail", "faults", "hey", "loadtester", "locust", "traces"),
    "Explanation": ("control-loop", "load-engine", "library", "comparison", "load-generators"),
}


def build(folder: Path) -> None:
    """Write the sources into `folder/docs` and build them strictly into `folder/site`."""
    shutil.rmtree(folder, ignore_errors=True)
    pages = folder / "docs"
    (pages / "reference").mkdir(parents=True)
    for source in sorted((ROOT / "docs").iterdir()):
        target = pages / ("pages.md" if source.name == "README.md" else source.name)
        if source.suffix == ".md":
            target.write_text(turned(source.read_text(), source))
        else:
            shutil.copy(source, target)
    for name in _TOP:
        (pages / name).write_text(turned((ROOT / name).read_text(), ROOT / name))
    (pages / "index.md").write_text(turned((ROOT / "README.md").read_text(), ROOT / "README.md"))
    for name, text in reference().items():
        (pages / "reference" / f"{name}.md").write_text(text)
    configuration = {"INHERIT": str(ROOT / "mkdocs.yml"), "nav": navigation(pages)}
    configuration |= {"docs_dir": "docs", "site_dir": "site"}
    (folder / "mkdocs.yml").write_text(yaml.safe_dump(configuration))
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    command += ["-f", str(folder / "mkdocs.yml")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)


def turned(text: str, page: Path) -> str:
    """A page's text with its links leading to pages of the site, or else to the repository."""

    def turn(match: re.Match[str]) -> str:
        target, anchor = match[1], match[2] or ""
        if not target or "://" in target:
            return match[0]
        path = (page.parent / target).resolve()
        relative = path.relative_to(ROOT).as_posix()
        if relative == "docs/README.md":
            return f"](pages.md{anchor})"
        if relative == "README.md":
            return f"](index.md{anchor})"
        if path.parent == ROOT / "docs":
            return f"]({path.name}{anchor})"
        if relative in _TOP:
            return f"]({relative}{anchor})"
        return f"]({REPOSITORY}/{'tree' if path.is_dir() else 'blob'}/main/{relative}{anchor})"

    return _LINK.sub(turn, text)


def navigation(pages: Path) -> list[Any]:
    """The sections; a page that none of them names is under More."""
    named = {name for section in NAVIGATION.values() for name in section} | {"pages", "index"}
    sections: list[Any] = [{"Home": "index.md"}]
    for title, names in NAVIGATION.items():
        sections.append({title: [f"{name}.md" for name in names]})
    references = sorted(path.name for path in (pages / "reference").iterdir())
    sections.append({"Reference": ["lint-rules.md", *(f"reference/{name}" for name in references)]})
    named |= {"lint-rules", *(name.removesuffix(".md") for name in _TOP)}
    more = sorted(path.name for path in pages.glob("*.md") if path.stem not in named)
    return [*sections, {"More": ["pages.md", *more, *_TOP]}]


def reference() -> Mapping[str, str]:
    """The pages that are made from the code, by name."""
    programs = [program_of(parser_of_all()), hey_manual.program(), *map(_service, _SERVICES)]
    pages = {program.name: "\n".join(_program(program)) + "\n" for program in programs}
    return {**pages, **python_pages(), "exit-statuses": _exit_statuses(), "report-json": _schema()}


def _service(name: str) -> Program:
    """A program that has flags only, from its own table."""
    parser = CommandParser(name, version=True, description=f"Flags and variables of {name}.")
    add_flags(parser, _SERVICES[name])
    return program_of(parser)


def _program(program: Program, level: int = 1) -> Iterator[str]:
    yield f"{'#' * level} {program.name}"
    yield ""
    yield _cell(program.description)
    yield ""
    yield f"    {program.usage}"
    yield ""
    yield "| flag | value | |"
    yield "|---|---|---|"
    for option in program.options:
        names = ", ".join(f"`{name}`" for name in option.names)
        value = f"`{option.value}`".replace("|", "\\|") if option.value else ""
        yield f"| {names} | {value} | {_cell(option.help)} |"
    yield ""
    for command in program.commands:
        yield from _program(command, level + 1)


def _cell(text: str) -> str:
    escaped = " ".join(text.split())
    for sign in "\\`*_<>|[]{}":
        escaped = escaped.replace(sign, f"\\{sign}")
    return escaped


def _exit_statuses() -> str:
    rows = [
        ("rehearse run, tutorial", code.value, code.name.lower().replace("_", " "))
        for code in ExitCode
    ]
    rows += [
        ("hey", thresholds.EXIT_CODE, "a threshold failed"),
        ("every program", guard.FAILED, "something else went wrong, and was said"),
        ("every program", 2, "a mistake in what was given, said in one line"),
        ("every program", guard.INTERRUPTED, "interrupted: neither passed nor failed"),
        ("every program", guard.PIPE_CLOSED, "nobody read the output any more"),
    ]
    lines = ["# Exit statuses", "", "| program | status | |", "|---|---:|---|"]
    return "\n".join([*lines, *(f"| {who} | {code} | {what} |" for who, code, what in rows)]) + "\n"


def _schema() -> str:
    schema = json.loads(SCHEMA.read_text())
    lines = ["# JSON of a report", "", schema["description"], "", *_fields(schema)]
    for name, definition in schema["$defs"].items():
        lines += [f"## {name}", "", definition.get("description", ""), "", *_fields(definition)]
    return "\n".join(lines) + "\n"


def _fields(definition: Mapping[str, Any]) -> Iterator[str]:
    yield "| field | type | |"
    yield "|---|---|---|"
    for name, field in definition.get("properties", {}).items():
        kind = field.get("type") or field.get("$ref", "").removeprefix("#/$defs/") or "value"
        if "const" in field:
            kind = json.dumps(field["const"])
        words = kind if isinstance(kind, str) else " or ".join(kind)
        yield f"| `{name}` | {_cell(words)} | {_cell(field.get('description', ''))} |"
    yield ""


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("folder", type=Path)
    build(words.parse_args().folder.resolve())
