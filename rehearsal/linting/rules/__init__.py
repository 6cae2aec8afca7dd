"""The rules, in a file per theme. To add one, write its function; `RULES` finds it."""

from rehearsal.linting.rule import Rule, rules_of
from rehearsal.linting.rules import (
    files,
    gates,
    ignores,
    limits,
    load,
    matching,
    odds,
    plan,
    providers,
    queries,
    scaling,
    target,
    tasks,
)

THEMES = {
    "The plan": plan,
    "Limits of metrics": limits,
    "Queries": queries,
    "Load and tests": load,
    "Tasks of the load tester": tasks,
    "Gates": gates,
    "Providers": providers,
    "Match conditions": matching,
    "The target": target,
    "Autoscaling": scaling,
    "Odds": odds,
    "Files": files,
    "Comments": ignores,
}
RULES: tuple[Rule, ...] = tuple(one for module in THEMES.values() for one in rules_of(module))
BY_ID = {one.id: one for one in RULES}
