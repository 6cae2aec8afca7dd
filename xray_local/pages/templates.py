"""The pages' templates, compiled once; whatever is put into them is escaped."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from xray_local.pages import wording

FOLDER = Path(__file__).parent


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        duration=wording.duration, percent=wording.percent, printable=wording.printable
    )
    return environment


def render(template: str, **values: Any) -> str:
    """A template with values."""
    return _environment().get_template(template).render(**values)
