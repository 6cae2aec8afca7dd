"""Files of sampling rules."""

import json
from pathlib import Path
from typing import Any

import pytest

from commons.errors import UserError
from xray_local.sampling.files import load_rules
from xray_local.sampling.rules import SamplingRules

RULE = {"RuleName": "ping", "Priority": 7, "FixedRate": 0, "ReservoirSize": 0, "URLPath": "/ping"}


def loaded(folder: Path, content: Any) -> list[dict[str, Any]]:
    path = folder / "rules.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    rules = SamplingRules(lambda: 1000.0)
    load_rules(path, rules)
    return [record["SamplingRule"] for record in rules.records()]


@pytest.mark.parametrize(
    "content", [[RULE], {"SamplingRuleRecords": [{"SamplingRule": RULE, "CreatedAt": 1}]}]
)
def test_rules_of_the_api_are_read(tmp_path: Path, content: Any) -> None:
    ping, default = loaded(tmp_path, content)
    assert (ping["RuleName"], ping["URLPath"], ping["Host"]) == ("ping", "/ping", "*")
    assert default["RuleName"] == "Default"


def test_what_the_api_returns_can_be_read_again(tmp_path: Path) -> None:
    rules = SamplingRules(lambda: 1000.0)
    rules.update({"RuleName": "Default", "FixedRate": 0.5})
    found = loaded(tmp_path, {"SamplingRuleRecords": rules.records()})
    assert [(one["RuleName"], one["FixedRate"]) for one in found] == [("Default", 0.5)]


def test_local_rules_of_an_sdk_are_read_in_their_order(tmp_path: Path) -> None:
    found = loaded(tmp_path, {
        "version": 2,
        "rules": [
            {"description": "no pings", "host": "*", "http_method": "GET", "url_path": "/ping",
             "fixed_target": 0, "rate": 0},
            {"url_path": "/buy/*", "fixed_target": 5, "rate": 1.0},
        ],
        "default": {"fixed_target": 2, "rate": 0.1},
    })  # fmt: skip
    assert [(one["URLPath"], one["ReservoirSize"], one["FixedRate"]) for one in found] == [
        ("/ping", 0, 0.0), ("/buy/*", 5, 1.0), ("*", 2, 0.1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("{", "rules.json: not JSON"),
        ("7", "is neither a list of rules"),
        ([7], "[0]: is not an object"),
        ([RULE, {**RULE, "FixedRate": 2}], "[1].FixedRate: is not a number from 0 to 1"),
        ([RULE, {**RULE, "RuleName": "again"}], "[1].Priority: rule ping has priority 7 too"),
        ({"version": 9, "rules": []}, "version: is not 2"),
        ({"version": 2, "rules": [{"rate": 1}]}, "rules[0].ReservoirSize"),
        ({"version": 2, "rules": ["x"]}, "rules[0]: is not an object"),
        ({"version": 2, "default": {"rate": 7}}, "default.FixedRate"),
        ("[" * 100_000, "nested too deeply"),
        ("7" * 2_000_000, "is larger than"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, content: Any, text: str) -> None:
    with pytest.raises(UserError) as caught:
        loaded(tmp_path, content)
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read: no such file"):
        load_rules(tmp_path / "none.json", SamplingRules(lambda: 0.0))
