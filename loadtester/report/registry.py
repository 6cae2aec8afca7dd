"""The kinds of reports there are. A new one is a file, and a line here."""

from loadtester.report import csv, hgrm, html, json, junit, markdown, text
from loadtester.report.base import Renderer

REPORTS: dict[str, Renderer] = {
    "text": text.render,
    "csv": csv.render,
    "json": json.render,
    "hgrm": hgrm.render,
    "html": html.render,
    "markdown": markdown.render,
    "junit": junit.render,
}
