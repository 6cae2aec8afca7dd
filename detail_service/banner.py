"""The page a person looks at: which release answers, from which pod, and what ails it.

One document without outside references: it works offline, on a phone and in dark mode. Every
version has a colour of its own and the page renews itself, so that a change is seen across a room.
"""

import colorsys
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from detail_service.catalog import Catalog

REFRESH_S = 5
COLOURS = {"1": "#1f6feb", "2": "#1a7f37", "3": "#8250df"}

STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#f6f8fa;--card:#fff;--line:#d0d7de;
--bad:#b42318}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--card:#161b22;
--line:#30363d;--bad:#ff7b72}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1.05rem/1.5 system-ui,sans-serif}
header{background:var(--version);color:#fff;text-align:center;
padding:clamp(1.5rem,8vw,5rem) 1.25rem}
header p{margin:0;opacity:.9}
h1{margin:0;font-size:clamp(3.5rem,22vw,11rem);line-height:1.05;overflow-wrap:anywhere}
main{max-width:44rem;margin:0 auto;padding:1.25rem;display:grid;gap:1rem}
section{background:var(--card);border:1px solid var(--line);border-radius:.6rem;
padding:1rem 1.25rem}
h2{margin:0 0 .5rem;font-size:1rem}ul{margin:0;padding-left:1.2rem}
code{font-family:ui-monospace,monospace;overflow-wrap:anywhere}
.bad{border-color:var(--bad)}.bad h2{color:var(--bad)}
footer{text-align:center;padding:0 1rem 2rem;font-size:.9rem}a{color:inherit}
"""


@dataclass(frozen=True, slots=True)
class Ailment:
    """One active fault as the page and its JSON twin show it."""

    id: str
    summary: str
    hits: int
    seconds_left: float | None


def colour(version: str) -> str:
    """A colour for any version: chosen for the known ones, spread by hash for the others."""
    if version in COLOURS:
        return COLOURS[version]
    turn = hashlib.sha256(version.encode()).digest()[0] / 256
    red, green, blue = colorsys.hls_to_rgb(turn, 0.34, 0.7)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def page(catalog: Catalog, host: str, ailments: Sequence[Ailment]) -> str:
    """The HTML document."""
    vendors = "".join(f"<li>{escape(vendor)}</li>" for vendor in catalog.vendors)
    version = escape(catalog.version)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="refresh" content="{REFRESH_S}">'
        f'<meta name="version" content="{version}">'
        f"<title>detail {version}</title>{icon(catalog.version)}"
        f"<style>{STYLE}</style></head>"
        f'<body style="--version:{colour(catalog.version)}">'
        f'<header><p>detail, version</p><h1 id="version">{version}</h1>'
        f'<p>on <code id="host">{escape(host)}</code></p></header>'
        f'<main><section><h2>Vendors</h2><ul id="vendors">{vendors}</ul></section>'
        f"{_faults(ailments)}</main>"
        '<footer><a href="catalogDetail">catalogDetail</a> · <a href="metrics">metrics</a> · '
        '<a href="openapi.json">OpenAPI</a></footer></body></html>\n'
    )


def icon(version: str) -> str:
    """The tab's icon in the version's colour; inline, so that no browser asks for /favicon.ico."""
    square = f"<rect width='99' height='99' fill='{colour(version)}'/>"
    picture = f"<svg xmlns='http://www.w3.org/2000/svg'>{square}</svg>"
    return f'<link rel="icon" href="data:image/svg+xml,{quote(picture)}">'


def _faults(ailments: Sequence[Ailment]) -> str:
    if not ailments:
        return '<section id="faults"><h2>Faults</h2>None: this replica is well.</section>'
    items = "".join(
        f"<li><code>{escape(one.id)}</code> {escape(one.summary)}, {one.hits} hit"
        f"{'' if one.hits == 1 else 's'}{_left(one.seconds_left)}</li>"
        for one in ailments
    )
    return f'<section id="faults" class="bad"><h2>Active faults</h2><ul>{items}</ul></section>'


def _left(seconds: float | None) -> str:
    return "" if seconds is None else f", {seconds:.0f} s left"


def as_json(one: Ailment) -> dict[str, object]:
    """One fault for the page's JSON twin."""
    left = None if one.seconds_left is None else round(one.seconds_left, 3)
    return {"id": one.id, "summary": one.summary, "hits": one.hits, "seconds_left": left}
