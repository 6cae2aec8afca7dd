"""The page as HTML: live, with its files beside it, and as a report, with everything inside. Pure.

No script and no style stands in a live page. In a report they do, and its policy names their
hashes, so that nothing else in it runs, whatever the texts of a rehearsal contain.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from rehearsal.output.reports.document import ReportDocument
from rehearsal.output.reports.json_report import report_value
from rehearsal.output.web.selection import select

_FOLDER = Path(__file__).parent
STYLE = "style.css"
SCRIPTS = ("model.js", "charts.js", "panels.js", "controls.js", "page.js")
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'"


def static_files() -> dict[str, bytes]:
    """The files that a live page asks for, by name."""
    return {name: (_FOLDER / "static" / name).read_bytes() for name in (STYLE, *SCRIPTS)}


def live_policy(apex_url: str) -> str:
    """The Content-Security-Policy of a live page; the service alone may stand in a frame."""
    frame = apex_url.rstrip("/") or "'none'"
    return (
        f"{_NOTHING}; script-src 'self'; style-src 'self'; connect-src 'self';"
        f" img-src 'self' data:; frame-src {frame}; frame-ancestors 'none'"
    )


def render_live(value: Mapping[str, Any]) -> str:
    """The page of a rehearsal under way; `value` is a report's, without records as yet."""
    return _template().render(
        title=f"{value['canary']}: a rehearsal",
        policy="",
        data=_inside_script(value),
        style="",
        scripts=[],
        style_name=STYLE,
        script_names=SCRIPTS,
    )


def render_report(document: ReportDocument) -> str:
    """The page of a rehearsal that has ended: one file that needs nothing from elsewhere."""
    value = report_value(document, select(document.records))
    value["service_map"] = document.service_map()
    style = (_FOLDER / "static" / STYLE).read_text()
    scripts = [(_FOLDER / "static" / name).read_text() for name in SCRIPTS]
    hashes = " ".join(map(_hash, scripts))
    policy = f"{_NOTHING}; script-src {hashes}; style-src {_hash(style)}; img-src data:"
    return _template().render(
        title=f"{document.canary}: a rehearsal",
        policy=policy,
        data=_inside_script(value),
        style=Markup(style),  # ours, and by its hash
        scripts=[Markup(text) for text in scripts],
        style_name="",
        script_names=(),
    )


@cache
def _template() -> Template:
    loader = FileSystemLoader(_FOLDER / "templates")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("page.html")


def _inside_script(value: Mapping[str, Any]) -> Markup:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign, escape in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(sign, escape)
    return Markup(text)


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
