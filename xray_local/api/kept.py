"""Sampling rules and groups, kept over restarts as lines of JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from xray_local.api.errors import ApiError
from xray_local.api.groups import DEFAULT as DEFAULT_GROUP
from xray_local.api.state import State
from xray_local.sampling.rules import DEFAULT as DEFAULT_RULE
from xray_local.sampling.rules import SamplingRules, read_rule

RULE, GROUP = "sampling rule", "group"
Lines = dict[tuple[str, str], str]
"""By kind and name."""


def kept_lines(state: State) -> Lines:
    """All rules and all groups but the default one."""
    rules = [record["SamplingRule"] for record in state.rules.records()]
    lines = {(RULE, rule["RuleName"]): json.dumps(rule, sort_keys=True) for rule in rules}
    for group in state.groups:
        if group.name != DEFAULT_GROUP:
            lines[GROUP, group.name] = json.dumps(group.expression)
    return lines


def restore_lines(state: State, lines: Iterable[tuple[str, str, str]], *, rules: bool) -> None:
    """Put kinds, names and lines in force; without `rules` those that the state has stay.

    Raises ValueError for a line that is none of ours.
    """
    for kind, name, line in lines:
        try:
            value = json.loads(line)
            if kind == GROUP:
                _restore_group(state, name, value)
            elif kind == RULE and rules:
                _restore_rule(state.rules, value)
        except (ApiError, ValueError, TypeError, RecursionError) as error:
            raise ValueError(f"{kind} {name}: {error}") from None


def _restore_group(state: State, name: str, expression: object) -> None:
    if not isinstance(expression, str):
        raise TypeError("its expression is not a text")
    state.check_group_expression(expression)
    state.groups.create(name, expression)


def _restore_rule(rules: SamplingRules, fields: object) -> None:
    if not isinstance(fields, Mapping):
        raise TypeError("is not an object")
    if fields.get("RuleName") == DEFAULT_RULE:
        changeable = ("RuleName", "FixedRate", "ReservoirSize")
        rules.update({name: fields.get(name) for name in changeable})
    else:
        rules.create(read_rule(fields))
