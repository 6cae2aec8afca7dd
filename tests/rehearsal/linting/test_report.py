"""The forms in which findings are written."""

import json
from typing import Any

import jsonschema
import pytest

from rehearsal.linting import BY_ID, RULES, lint
from rehearsal.linting.report import (
    Report,
    as_github,
    as_json,
    as_sarif,
    as_text,
    report,
    rule_list,
)
from rehearsal.manifests import parse_manifests
from rehearsal.manifests.manifest import file_problem
from tests.rehearsal.linting.examples import CANARY

SARIF: dict[str, Any] = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "items": {
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "properties": {
                            "driver": {
                                "required": ["name"],
                                "properties": {
                                    "rules": {
                                        "items": {
                                            "required": ["id"],
                                            "properties": {
                                                "shortDescription": {"required": ["text"]},
                                                "defaultConfiguration": {
                                                    "properties": {
                                                        "level": {
                                                            "enum": ["note", "warning", "error"]
                                                        }
                                                    }
                                                },
                                            },
                                        }
                                    }
                                },
                            }
                        }
                    },
                    "results": {
                        "items": {
                            "required": ["ruleId", "level", "message", "locations"],
                            "properties": {
                                "level": {"enum": ["note", "warning", "error"]},
                                "message": {"required": ["text"]},
                                "locations": {
                                    "minItems": 1,
                                    "items": {
                                        "properties": {
                                            "physicalLocation": {
                                                "required": ["artifactLocation"],
                                                "properties": {
                                                    "region": {
                                                        "properties": {
                                                            "startLine": {"minimum": 1},
                                                            "startColumn": {"minimum": 1},
                                                        }
                                                    }
                                                },
                                            }
                                        }
                                    },
                                },
                            },
                        }
                    },
                },
            }
        },
    },
}


@pytest.fixture
def found() -> Report:
    odd = CANARY.replace("stepWeight: 10", "stepWeight: 0").replace(
        "threshold: 5", "threshold: 500"
    )
    findings = lint(parse_manifests(odd, "a b.yaml"))
    return report(findings, [file_problem("c,d:e.yaml", "cannot be read: 100 %\n")], 1)


def test_text(found: Report) -> None:
    lines = as_text(found).splitlines()
    assert lines[1].startswith("a b.yaml:10:5: warning: spec.analysis.threshold: a broken canary")
    assert lines[2].startswith("a b.yaml:11:5: error: spec.analysis.stepWeight: the weight never")
    assert found.summary() == "1 Canary: 2 errors, 1 warning, 1 note"


def test_json(found: Report) -> None:
    document = json.loads(as_json(found))
    assert document["counts"] == {"info": 1, "warning": 1, "error": 2}
    entry = document["findings"][2]
    assert (entry["path"], entry["line"], entry["column"]) == ("a b.yaml", 11, 5)
    assert (entry["rule"], entry["severity"]) == ("step-of-zero", "error")
    assert entry["object"] == "Canary detail.flagger"
    assert entry["remedy"] == BY_ID["step-of-zero"].remedy


def test_github(found: Report) -> None:
    lines = as_github(found).splitlines()
    assert lines[2].startswith(
        "::error file=a b.yaml,title=step-of-zero,line=11,col=5::spec.analysis.stepWeight: the"
    )
    assert lines[0].startswith("::notice ")
    assert lines[3] == "::error file=c%2Cd%3Ae.yaml,title=invalid::cannot be read: 100 %25%0A"


def test_sarif(found: Report) -> None:
    document = json.loads(as_sarif(found))
    jsonschema.validate(document, SARIF)
    (run,) = document["runs"]
    ids = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} <= ids
    assert len(run["results"]) == 4


def test_fail_on() -> None:
    warned = report(lint(parse_manifests(CANARY.replace("threshold: 5", "threshold: 500"))), [], 1)
    assert warned.fails("info")
    assert warned.fails("warning")
    assert not warned.fails("error")
    assert not report([], [], 1).fails("info")


def test_the_list_of_rules() -> None:
    lines = rule_list().splitlines()
    assert len(lines) == len(RULES) + 1
    assert lines[0].split()[:2] == ["step-of-zero", "error"]
