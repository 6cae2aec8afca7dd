"""The report as the page, with everything inside."""

from rehearsal.output.reports.document import ReportDocument


def render_html(document: ReportDocument) -> str:
    """One HTML file that needs nothing from elsewhere."""
    from rehearsal.output.web.page import render_report  # Jinja2 is slow to import

    return render_report(document)
