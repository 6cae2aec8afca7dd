"""The report as one HTML file: no script, nothing fetched, readable in the dark and on paper."""

from loadtester.report.html.page import content_security_policy, render

__all__ = ["content_security_policy", "render"]
