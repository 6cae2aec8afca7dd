"""The run as JUnit XML: one test case per threshold, for the pipelines that collect such files.

A run without thresholds is one case that passed; an interrupted one is an error, for it has
neither passed nor failed.
"""

import re
from xml.etree import ElementTree

from commons.units import NS_PER_S
from loadtester.report.base import Outcome, Report
from loadtester.report.text import render as render_text
from loadtester.thresholds.verdict import Judgement

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report) -> str:
    """The XML document, with the summary as its output."""
    interrupted = report.outcome is Outcome.INTERRUPTED
    cases = [_case(judgement, interrupted=interrupted) for judgement in report.judgements]
    if not cases:
        cases = [_whole_run(interrupted=interrupted)]
    suite = ElementTree.Element(
        "testsuite",
        name=_clean(report.title or report.target or "load run"),
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors=str(sum(case.find("error") is not None for case in cases)),
        time=f"{report.result.wall_ns / NS_PER_S:.3f}",
        hostname=_clean(report.result.provenance.host),
    )
    suite.append(_properties(report))
    suite.extend(cases)
    ElementTree.SubElement(suite, "system-out").text = _clean(render_text(report))
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'


def _case(judgement: Judgement, *, interrupted: bool) -> ElementTree.Element:
    name = _clean(str(judgement.threshold))
    case = ElementTree.Element("testcase", classname="hey.thresholds", name=name)
    measured = _clean(judgement.measured)
    if interrupted:
        _interrupted(case, f"measured so far: {measured}")
    elif not judgement.ok:
        message = f"measured {measured}"
        ElementTree.SubElement(case, "failure", type="threshold", message=message)
    return case


def _whole_run(*, interrupted: bool) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname="hey", name="run")
    if interrupted:
        _interrupted(case, "these are the numbers up to then")
    return case


def _interrupted(case: ElementTree.Element, words: str) -> None:
    message = f"the run was interrupted; {words}"
    ElementTree.SubElement(case, "error", type="interrupted", message=message)


def _properties(report: Report) -> ElementTree.Element:
    made_by, verdict = report.result.provenance, report.result.verdict
    values = {
        "program": f"{made_by.program} {made_by.version}".strip(),
        "command": made_by.command,
        "started": report.started,
        "system": made_by.system,
        "verdict": f"{verdict.limit}: {verdict.reason}",
    }
    properties = ElementTree.Element("properties")
    for name, value in values.items():
        ElementTree.SubElement(properties, "property", name=name, value=_clean(value))
    return properties


def _clean(text: str) -> str:
    """Text without the characters that XML 1.0 does not have."""
    return _NOT_XML.sub("\ufffd", text)
