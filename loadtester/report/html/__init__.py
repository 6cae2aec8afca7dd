"""The report as one HTML file: no script, nothing fetched, readable in the dark and on paper."""

from loadtester.report.html.page import render

__all__ = ["render"]
