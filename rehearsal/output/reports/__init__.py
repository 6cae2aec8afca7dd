"""Reports of a finished rehearsal, one file per format, chosen by a file's name."""

from collections.abc import Callable
from pathlib import Path

from rehearsal.errors import UserError
from rehearsal.output.reports import html_report, json_report, junit, markdown
from rehearsal.output.reports.document import ReportDocument

__all__ = ["REPORTS", "ReportDocument", "find_report"]

REPORTS: dict[str, Callable[[ReportDocument], str]] = {
    ".html": html_report.render_html,
    ".json": json_report.render_json,
    ".md": markdown.render_markdown,
    ".xml": junit.render_junit,
}


def find_report(path: Path) -> Callable[[ReportDocument], str]:
    """The report that a file's ending asks for; UserError for one that is unknown."""
    report = REPORTS.get(path.suffix.lower())
    if report is None:
        raise UserError(f"--report {path}: its name must end in {', '.join(sorted(REPORTS))}")
    return report
