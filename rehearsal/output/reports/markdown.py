"""The report as Markdown, for a pull request or a pipeline's summary."""

from rehearsal.output.reports.document import ReportDocument
from rehearsal.output.reports.traced import traced_markdown
from rehearsal.output.verdict import explain_ending
from rehearsal.scenario.outcome import StepOutcome

_SIGNS = {"passed": "✅", "failed": "❌", "inconclusive": "⚠️", "unfinished": "⚠️", "not run": "-"}


def render_markdown(document: ReportDocument) -> str:
    """A heading, a table of steps, and what differed from what was expected."""
    lines = [
        f"## Rehearsal of {_escaped(document.canary)}: {document.state}",
        "",
        f"Scenario {_escaped(document.scenario)}, provider {_escaped(document.provider)},"
        f" {document.speed:g} times as fast as the clock.",
        "",
        "| Step | Result | The canary was | Requests | Failed |",
        "|---|---|---|---:|---:|",
        *(_row(outcome) for outcome in document.outcomes),
    ]
    complaints = [(o.step.name, c) for o in document.outcomes for c in o.complaints]
    if complaints:
        lines += ["", "### What differed", ""]
        lines += [f"- **{_escaped(name)}**: {_escaped(text)}" for name, text in complaints]
    if why := explain_ending(document.records, document.canary):
        lines += ["", "### The last failed check", "", "```", *(w.strip() for w in why), "```"]
    if document.traced is not None:
        lines += traced_markdown(document.traced)
    return "\n".join(lines) + "\n"


def _row(outcome: StepOutcome) -> str:
    cells = (
        _escaped(outcome.step.name),
        f"{_SIGNS[outcome.state]} {outcome.state}",
        outcome.ending or "-",
        str(outcome.traffic.requests),
        str(outcome.traffic.failures),
    )
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    for sign in "\\`*_[]<>|":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())
