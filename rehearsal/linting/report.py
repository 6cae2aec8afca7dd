"""What lint found, in the forms in which people and programs read it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from rehearsal.linting.rule import SEVERITIES, Finding, Severity
from rehearsal.linting.rules import BY_ID, RULES
from rehearsal.manifests import FileProblem, Location

INVALID = "invalid"
DOCUMENTATION = "docs/lint-rules.md"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


@dataclass(frozen=True)
class Report:
    """All findings in the order of files and lines, refusals among them; and on how many Canaries.

    A refusal is what the API server or Flagger would not take; its rule is `invalid`.
    """

    findings: tuple[Finding, ...]
    canaries: int
    refused: bool

    def count(self, severity: Severity) -> int:
        """How many findings have that severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def fails(self, fail_on: Severity) -> bool:
        """Whether a finding is at least so severe."""
        worst = {SEVERITIES.index(finding.severity) for finding in self.findings}
        return max(worst, default=-1) >= SEVERITIES.index(fail_on)

    def summary(self) -> str:
        """`3 Canaries: 1 error, 2 warnings`."""
        counts = [
            f"{count} {word}{'' if count == 1 else 's'}"
            for severity, word in (("error", "error"), ("warning", "warning"), ("info", "note"))
            if (count := sum(one.severity == severity for one in self.findings))
        ]
        plural = "Canary" if self.canaries == 1 else "Canaries"
        return f"{self.canaries} {plural}: {', '.join(counts) or 'nothing found'}"


def report(findings: Sequence[Finding], problems: Sequence[FileProblem], canaries: int) -> Report:
    """Findings and refusals together."""
    refusals = [_refusal(problem) for problem in problems]
    return Report(tuple(sorted([*findings, *refusals])), canaries, refused=bool(problems))


def _refusal(problem: FileProblem) -> Finding:
    one = problem.problem
    location = Location(problem.path, one.line, one.column)
    return Finding(location, INVALID, "error", one.field, one.reason, "file")


def as_text(found: Report) -> str:
    """A line for each finding: `file:line:column: severity: field: what is wrong [rule]`."""
    return "".join(f"{finding}\n" for finding in found.findings)


def as_json(found: Report) -> str:
    """One object: the findings, and how many of each severity."""
    document = {
        "findings": [_entry(finding) for finding in found.findings],
        "canaries": found.canaries,
        "counts": {severity: found.count(severity) for severity in SEVERITIES},
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _entry(finding: Finding) -> dict[str, Any]:
    rule = BY_ID.get(finding.rule)
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "path": finding.location.path,
        "line": finding.location.line,
        "column": finding.location.column,
        "object": finding.about,
        "field": finding.field,
        "message": finding.text,
        "remedy": rule.remedy if rule else "",
    }


def as_github(found: Report) -> str:
    """Workflow commands, which GitHub shows at the lines of a pull request."""
    return "".join(f"{_command(finding)}\n" for finding in found.findings)


def _command(finding: Finding) -> str:
    place = {"file": finding.location.path, "title": finding.rule}
    if finding.location.line:
        place |= {"line": str(finding.location.line), "col": str(finding.location.column)}
    properties = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in place.items())
    text = f"{finding.field}: {finding.text}" if finding.field else finding.text
    return f"::{_COMMANDS[finding.severity]} {properties}::{_escaped(text)}"


def _escaped(text: str, more: str = "") -> str:
    for char in f"%\r\n{more}":
        text = text.replace(char, f"%{ord(char):02X}")
    return text


def as_sarif(found: Report) -> str:
    """SARIF 2.1.0, which code scanning services read."""
    run = {
        "tool": {"driver": _driver()},
        "results": [_result(finding) for finding in found.findings],
        "columnKind": "unicodeCodePoints",
    }
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _driver() -> dict[str, Any]:
    rules: list[dict[str, Any]] = [
        {
            "id": rule.id,
            "shortDescription": {"text": rule.reason.split(". ")[0].rstrip(".") + "."},
            "fullDescription": {"text": rule.reason},
            "help": {"text": f"{rule.remedy} Source: {'; '.join(rule.sources)}."},
            "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        }
        for rule in RULES
    ]
    rules.append({"id": INVALID, "shortDescription": {"text": "The object would be refused."}})
    return {"name": "rehearse lint", "rules": rules}


def _result(finding: Finding) -> dict[str, Any]:
    path = PurePath(finding.location.path).as_posix()
    place: dict[str, Any] = {"artifactLocation": {"uri": path}}
    if finding.location.line:
        place["region"] = {
            "startLine": finding.location.line,
            "startColumn": max(1, finding.location.column),
        }
    text = f"{finding.field}: {finding.text}" if finding.field else finding.text
    return {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [{"physicalLocation": place}],
    }


FORMATS: dict[str, Callable[[Report], str]] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
    "github": as_github,
}


def rule_list() -> str:
    """Every rule on a line: its id, its severity, and the beginning of its reason."""
    width = max(len(rule.id) for rule in RULES)
    lines = [
        f"{rule.id:{width}}  {rule.severity:7}  {rule.reason.split('. ')[0].rstrip('.')}."
        for rule in RULES
    ]
    counts = Counter(rule.severity for rule in RULES)
    total = ", ".join(f"{counts[severity]} {severity}" for severity in reversed(SEVERITIES))
    return "\n".join([*lines, f"{len(RULES)} rules: {total}"]) + "\n"
