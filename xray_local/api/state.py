"""What the operations work on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from xray_local.api.errors import invalid
from xray_local.api.groups import Groups
from xray_local.filters import FilterError, parse_filter
from xray_local.sampling.rules import SamplingRules
from xray_local.sampling.targets import SamplingTargets
from xray_local.store import TraceStore
from xray_local.trace import Trace


@dataclass
class State:
    """The store, the sampling rules with their quotas, and the groups."""

    store: TraceStore
    rules: SamplingRules
    targets: SamplingTargets
    groups: Groups = field(default_factory=Groups)
    telemetry: Counter[str] = field(default_factory=Counter)
    """What daemons and SDKs said of themselves, added up."""

    @classmethod
    def over(cls, store: TraceStore, rules: SamplingRules | None = None) -> State:
        """With the default sampling rule alone unless others are given."""
        rules = rules or SamplingRules(store.clock)
        return cls(store, rules, SamplingTargets(rules, store.clock))

    def predicate(self, expression: str) -> Callable[[Trace], bool]:
        """What a filter expression asks; an InvalidRequestException for one that cannot be read."""
        return _parse(expression, {one.name: one.expression for one in self.groups})

    def check_group_expression(self, expression: str) -> None:
        """As `predicate`, for the expression of a group, which names no other."""
        _parse(expression, {})


def _parse(expression: str, groups: Mapping[str, str]) -> Callable[[Trace], bool]:
    try:
        return parse_filter(expression, groups)
    except FilterError as error:
        raise invalid(f"Invalid filter expression: {error}") from None
