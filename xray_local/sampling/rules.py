"""Sampling rules: values, their limits, and the set that is in force. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

MOST_RULES = 25
"""Beside the default rule (X-Ray's quota of custom sampling rules in a region)."""
DEFAULT = "Default"
ACCOUNT = "000000000000"
_ARN = f"arn:aws:xray:us-east-1:{ACCOUNT}:sampling-rule/"
_TEXTS = {
    "ServiceName": 64,
    "ServiceType": 64,
    "Host": 64,
    "HTTPMethod": 10,
    "URLPath": 128,
    "ResourceARN": 500,
}
_MOST_ATTRIBUTES = 5
_MOST_NAME = 32
_CHANGEABLE_OF_DEFAULT = frozenset({"RuleName", "RuleARN", "FixedRate", "ReservoirSize"})


class RuleError(ValueError):
    """A rule that cannot be; the text begins with the field at fault."""


class TooManyRulesError(RuleError):
    """More rules than X-Ray allows."""


@dataclass(frozen=True)
class SamplingRule:
    """Which requests it is for, and how many of them are sampled.

    `reservoir_size` of them a second, and a share of `fixed_rate` of the rest. Texts may hold the
    wildcards * and ?. Rules are tried by ascending priority.
    """

    name: str
    priority: int
    fixed_rate: float
    reservoir_size: int
    matching: Mapping[str, str] = field(default_factory=dict)
    """By X-Ray's names: ServiceName, ServiceType, Host, HTTPMethod, URLPath, ResourceARN."""
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return _ARN + self.name

    def as_fields(self) -> dict[str, Any]:
        """As X-Ray's API has it."""
        return {
            "RuleName": self.name,
            "RuleARN": self.arn,
            "Priority": self.priority,
            "FixedRate": self.fixed_rate,
            "ReservoirSize": self.reservoir_size,
            **{name: self.matching.get(name, "*") for name in _TEXTS},
            "Version": 1,
            "Attributes": dict(self.attributes),
        }


DEFAULT_RULE = SamplingRule(DEFAULT, 10_000, 0.05, 1)
"""One request a second, and 5 % of the rest."""


def read_rule(fields: Mapping[str, object]) -> SamplingRule:
    """A rule of X-Ray's API; what it does not match by may be left out. Raises RuleError."""
    name = _name(fields)
    _check_version(fields)
    return SamplingRule(
        name=name,
        priority=_priority(fields, name),
        fixed_rate=_rate(fields),
        reservoir_size=_reservoir(fields),
        matching={key: _text(fields, key) for key in _TEXTS if fields.get(key) is not None},
        attributes=_attributes(fields),
    )


def changed_rule(rule: SamplingRule, fields: Mapping[str, object]) -> SamplingRule:
    """A rule with the fields of an update. Raises RuleError."""
    if rule.name == DEFAULT and (odd := set(fields) - _CHANGEABLE_OF_DEFAULT):
        raise RuleError(f"{min(odd)}: only FixedRate and ReservoirSize of {DEFAULT} can be changed")
    given = {key: value for key, value in fields.items() if value is not None}
    changed = read_rule({**rule.as_fields(), **given, "RuleName": rule.name})
    return replace(changed, priority=rule.priority) if rule.name == DEFAULT else changed


def name_of(fields: Mapping[str, object]) -> str:
    """The rule that is meant by a name or by an ARN, and not by both. Raises RuleError."""
    name, arn = fields.get("RuleName"), fields.get("RuleARN")
    if (name is None) == (arn is None):
        raise RuleError("RuleName: give either RuleName or RuleARN")
    found = name if arn is None else str(arn).rpartition("/")[2]
    if not isinstance(found, str):
        raise RuleError("RuleName: is not a text")
    return found


class SamplingRules:
    """The rules in force, the default rule among them; `clock` gives seconds since 1970."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        now_s = clock()
        self._rules: dict[str, tuple[SamplingRule, float, float]] = {
            DEFAULT: (DEFAULT_RULE, now_s, now_s)
        }
        self.modified_s = now_s

    def __contains__(self, name: str) -> bool:
        return name in self._rules

    def get(self, name: str) -> SamplingRule | None:
        found = self._rules.get(name)
        return None if found is None else found[0]

    def records(self) -> list[dict[str, Any]]:
        """X-Ray's SamplingRuleRecords, by ascending priority."""
        ordered = sorted(self._rules.values(), key=lambda record: record[0].priority)
        return [_record(*record) for record in ordered]

    def create(self, rule: SamplingRule) -> dict[str, Any]:
        """Put a new rule in force; its record. RuleError if there is one of its name or priority,
        TooManyRulesError beyond MOST_RULES."""
        if rule.name in self._rules:
            raise RuleError(f"RuleName: there is a rule {rule.name} already")
        if len(self._rules) > MOST_RULES:
            raise TooManyRulesError(f"there are {MOST_RULES} sampling rules already")
        return self._put(rule, self._clock())

    def update(self, fields: Mapping[str, object]) -> dict[str, Any]:
        """Change a rule; its record. Raises RuleError."""
        rule, created_s, _ = self._known(name_of(fields))
        return self._put(changed_rule(rule, fields), created_s)

    def delete(self, name: str) -> dict[str, Any]:
        """Take a rule out of force; its record. Raises RuleError."""
        record = self._known(name)
        if name == DEFAULT:
            raise RuleError(f"RuleName: {DEFAULT} cannot be deleted")
        del self._rules[name]
        self.modified_s = self._clock()
        return _record(*record)

    def _known(self, name: str) -> tuple[SamplingRule, float, float]:
        if name not in self._rules:
            raise RuleError(f"RuleName: there is no rule {name[:_MOST_NAME]}")
        return self._rules[name]

    def _put(self, rule: SamplingRule, created_s: float) -> dict[str, Any]:
        for other, _, _ in self._rules.values():
            if other.name != rule.name and other.priority == rule.priority:
                raise RuleError(f"Priority: rule {other.name} has priority {rule.priority} too")
        self.modified_s = self._clock()
        self._rules[rule.name] = (rule, created_s, self.modified_s)
        return _record(*self._rules[rule.name])


def _record(rule: SamplingRule, created_s: float, modified_s: float) -> dict[str, Any]:
    return {"SamplingRule": rule.as_fields(), "CreatedAt": created_s, "ModifiedAt": modified_s}


def _name(fields: Mapping[str, object]) -> str:
    name = fields.get("RuleName")
    if not isinstance(name, str) or not 1 <= len(name) <= _MOST_NAME or not name.isprintable():
        raise RuleError(f"RuleName: is not a text of 1 to {_MOST_NAME} characters")
    return name


def _check_version(fields: Mapping[str, object]) -> None:
    if fields.get("Version", 1) != 1:
        raise RuleError("Version: is not 1")


def _priority(fields: Mapping[str, object], name: str) -> int:
    value = fields.get("Priority")
    most = 9_999 if name != DEFAULT else DEFAULT_RULE.priority
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise RuleError(f"Priority: is not a whole number from 1 to {most}")
    return value


def _rate(fields: Mapping[str, object]) -> float:
    value = fields.get("FixedRate")
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise RuleError("FixedRate: is not a number from 0 to 1")
    return float(value)


def _reservoir(fields: Mapping[str, object]) -> int:
    value = fields.get("ReservoirSize")
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise RuleError("ReservoirSize: is not a whole number from 0 on")
    return value


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields[name]
    if not isinstance(value, str) or not 1 <= len(value) <= _TEXTS[name]:
        raise RuleError(f"{name}: is not a text of 1 to {_TEXTS[name]} characters")
    return value


def _attributes(fields: Mapping[str, object]) -> dict[str, str]:
    value = fields.get("Attributes") or {}
    if not isinstance(value, dict) or len(value) > _MOST_ATTRIBUTES:
        raise RuleError(f"Attributes: is not an object of at most {_MOST_ATTRIBUTES} texts")
    for key, one in value.items():
        if not isinstance(one, str) or not 1 <= len(key) <= 32 or not 1 <= len(one) <= 32:
            raise RuleError("Attributes: a key or value is not a text of 1 to 32 characters")
    return value
