"""Files of sampling rules: X-Ray's API form, and the local rules of its SDKs, in JSON.

    {"SamplingRuleRecords": [{"SamplingRule": {"RuleName": "ping", "Priority": 1, ...}}]}
    [{"RuleName": "ping", "Priority": 1, "FixedRate": 0, "ReservoirSize": 0, "URLPath": "/ping"}]
    {"version": 2, "rules": [{"url_path": "/ping", "fixed_target": 0, "rate": 0}], "default": {...}}

The first is what `aws xray get-sampling-rules` prints.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from commons.errors import UserError
from commons.input_file import InputFileError, read_at_most
from xray_local.checking import load_json
from xray_local.errors import MalformedError
from xray_local.sampling.rules import DEFAULT, RuleError, SamplingRules, read_rule

_MOST_BYTES = 1024 * 1024
_LOCAL = {
    "host": "Host",
    "service_name": "ServiceName",
    "http_method": "HTTPMethod",
    "url_path": "URLPath",
    "fixed_target": "ReservoirSize",
    "rate": "FixedRate",
}
_Rules = Iterator[tuple[str, Mapping[str, object]]]


def load_rules(path: Path, rules: SamplingRules) -> None:
    """Put the rules of a file in force. UserError with the file, the field, and what is wrong."""
    try:
        text = read_at_most(path, _MOST_BYTES)
    except InputFileError as error:
        raise UserError(f"{path}: {error.sentence}") from None
    try:
        for where, fields in _rules(load_json(text)):
            _apply(rules, where, fields)
    except (RuleError, MalformedError) as error:
        raise UserError(f"{path}: {error}") from None


def _apply(rules: SamplingRules, where: str, fields: Mapping[str, object]) -> None:
    try:
        if fields.get("RuleName") == DEFAULT:
            kept = ("RuleName", "FixedRate", "ReservoirSize")
            rules.update({name: fields[name] for name in kept if name in fields})
        else:
            rules.create(read_rule(fields))
    except RuleError as error:
        raise RuleError(f"{where}.{error}") from None


def _rules(value: object) -> _Rules:
    if isinstance(value, dict) and "version" in value:
        yield from _local_rules(value)
        return
    records = value.get("SamplingRuleRecords") if isinstance(value, dict) else value
    if not isinstance(records, list):
        raise RuleError("is neither a list of rules nor has SamplingRuleRecords or version")
    for number, record in enumerate(records):
        fields = record.get("SamplingRule", record) if isinstance(record, dict) else record
        if not isinstance(fields, dict):
            raise RuleError(f"[{number}]: is not an object")
        yield f"[{number}]", fields


def _local_rules(document: Mapping[str, object]) -> _Rules:
    """The local rules of an SDK: tried in their order, then the default."""
    listed = document.get("rules", [])
    if document["version"] not in (1, 2) or not isinstance(listed, list):
        raise RuleError("version: is not 2, or rules is not a list")
    for number, rule in enumerate(listed):
        if not isinstance(rule, dict):
            raise RuleError(f"rules[{number}]: is not an object")
        fields = {_LOCAL[key]: value for key, value in rule.items() if key in _LOCAL}
        name = f"rule-{number + 1}"
        yield f"rules[{number}]", {"RuleName": name, "Priority": number + 1, **fields}
    default = document.get("default")
    if isinstance(default, dict):
        fields = {_LOCAL[key]: default[key] for key in ("fixed_target", "rate") if key in default}
        yield "default", {"RuleName": DEFAULT, **fields}
