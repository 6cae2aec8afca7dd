"""The report as JUnit XML: one test case for each step."""

import re
import xml.etree.ElementTree as ET

from rehearsal.output.reports.document import ReportDocument
from rehearsal.scenario.outcome import StepOutcome

# What XML 1.0 does not allow at all.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAGS = {"failed": "failure", "not run": "skipped"}


def render_junit(document: ReportDocument) -> str:
    """A `testsuites` document; what is neither passed, failed nor skipped is an error."""
    states = [outcome.state for outcome in document.outcomes]
    suite = ET.Element(
        "testsuite",
        name=_clean(document.canary),
        tests=str(len(states)),
        failures=str(states.count("failed")),
        errors=str(states.count("unfinished") + states.count("inconclusive")),
        skipped=str(states.count("not run")),
    )
    for outcome in document.outcomes:
        suite.append(_case(document, outcome))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(document: ReportDocument, outcome: StepOutcome) -> ET.Element:
    case = ET.Element("testcase", classname=_clean(document.canary), name=_clean(outcome.step.name))
    if outcome.state != "passed":
        message = _clean("; ".join(outcome.complaints) or outcome.state)
        tag = _TAGS.get(outcome.state, "error")
        ET.SubElement(case, tag, message=message, type=outcome.state)
    ET.SubElement(case, "system-out").text = _clean("\n".join(outcome.messages))
    return case


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
