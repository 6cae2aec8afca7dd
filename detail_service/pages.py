"""The pages that people look at: which release serves, from which pod, under which faults.

Each is one document without outside references: it works offline, on a phone and in dark mode.
Every version has a colour of its own and detail's page renews itself, so that a change is seen
across a room. Jinja2 is imported by the first page, not by the start of the service.
"""

import colorsys
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from detail_service.catalog import Catalog

if TYPE_CHECKING:
    from jinja2 import Environment

COLOURS = {"1": "#1f6feb", "2": "#1a7f37", "3": "#8250df"}
FAILURE_COLOUR = "#b42318"
REFRESH_S = 5


@dataclass(frozen=True, slots=True)
class FaultView:
    """One active fault as the page and its JSON twin show it."""

    id: str
    summary: str
    matched: int
    delivered: int
    seconds_left: float | None

    def as_json(self) -> dict[str, object]:
        """The fault in the page's JSON twin."""
        left = None if self.seconds_left is None else round(self.seconds_left, 3)
        return {
            "id": self.id,
            "summary": self.summary,
            "matched": self.matched,
            "delivered": self.delivered,
            "seconds_left": left,
        }


def version_colour(version: str) -> str:
    """A colour for any version: chosen for the known ones, spread by hash for the others."""
    if version in COLOURS:
        return COLOURS[version]
    turn = hashlib.sha256(version.encode("utf-8", "replace")).digest()[0] / 256
    red, green, blue = colorsys.hls_to_rgb(turn, 0.34, 0.7)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def render_detail(catalog: Catalog, host: str, faults: Sequence[FaultView]) -> str:
    """Detail's page: version, vendors, pod and active faults."""
    return _render(
        "detail.html",
        version_colour(catalog.version),
        {"catalog": catalog, "host": host, "faults": faults, "refresh_s": REFRESH_S},
    )


def render_catalog(version: str, vendors: Sequence[str]) -> str:
    """The frontend's page: what detail sells."""
    colour = version_colour(version)
    return _render("catalog.html", colour, {"version": version, "vendors": vendors})


def render_failure(reason: str, url: str) -> str:
    """The frontend's page when detail gave no catalog."""
    return _render("failure.html", FAILURE_COLOUR, {"reason": reason, "url": url})


def render_express_error(message: str) -> str:
    """The page that Express makes of an exception."""
    return _environment().get_template("express_error.html").render(message=message)


def _render(template: str, colour: str, values: Mapping[str, object]) -> str:
    page = _environment().get_template(template)
    return page.render(colour=colour, icon=icon_url(colour), **values)


def icon_url(colour: str) -> str:
    """The tab's icon, a square of that colour; inline, so that nothing asks for /favicon.ico."""
    square = f"<rect width='99' height='99' fill='{colour}'/>"
    return "data:image/svg+xml," + quote(f"<svg xmlns='http://www.w3.org/2000/svg'>{square}</svg>")


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
