"""The catalog page, and the page for when there is no catalog. Both work offline."""

from html import escape

from detail_service import banner
from detail_service.frontend.backend import Catalog

TITLE = "Product Catalog Detail"


def catalog(found: Catalog) -> str:
    """Version and vendors."""
    rows = "".join(f"<tr><td>{escape(vendor)}</td></tr>" for vendor in found.vendors)
    return _document(
        banner.colour(found.version),
        banner.icon(found.version),
        f'<mark id="version">{escape(found.version)}</mark>',
        f'<section><h2>Vendors</h2><table id="vendors">{rows}</table></section>',
    )


def failure(reason: str, url: str) -> str:
    """Detail failed; say so and how."""
    return _document(
        "#b42318",
        banner.icon("failed"),
        '<span id="failed">no catalog</span>',
        f'<section class="bad"><h2>Detail failed</h2><p id="reason">{escape(reason)}</p>'
        f"<p>Asked: <code>{escape(url)}</code></p></section>",
    )


def _document(colour: str, icon: str, headline: str, body: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{TITLE}</title>{icon}"
        f"<style>{banner.STYLE}mark{{background:none;color:inherit}}</style>"
        f'</head><body style="--version:{colour}"><header><p>{TITLE}, version</p>'
        f"<h1>{headline}</h1></header><main>{body}</main></body></html>\n"
    )
