"""Quotas: how those who sample by one rule share its reservoir. Pure.

Each of them reports every ten seconds what it decided and is told what it may sample a second until
the next report. One that has not reported for half a minute has ended, and its share is free.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xray_local.sampling.rules import SamplingRules

INTERVAL_S = 10
_QUOTA_S = 30
_MOST_CLIENTS = 1_000
_MOST_REPORTS = 1_000


@dataclass(frozen=True)
class Report:
    """What one client decided by one rule since its last report."""

    rule: str
    client: str
    requests: int
    sampled: int
    borrowed: int
    at_s: float


class SamplingTargets:
    """Who samples by which rule; `clock` gives seconds since 1970."""

    def __init__(self, rules: SamplingRules, clock: Callable[[], float]) -> None:
        self._rules = rules
        self._clock = clock
        self._clients: dict[str, OrderedDict[str, float]] = {}
        self._reports: deque[Report] = deque(maxlen=_MOST_REPORTS)

    def report(self, report: Report) -> dict[str, Any] | None:
        """X-Ray's SamplingTargetDocument for a report; None for a rule that is not in force."""
        rule = self._rules.get(report.rule)
        if rule is None:
            return None
        self._reports.append(report)
        now_s = self._clock()
        clients = self._clients.setdefault(report.rule, OrderedDict())
        clients[report.client] = now_s
        self._forget_ended(clients, now_s)
        return {
            "RuleName": rule.name,
            "FixedRate": rule.fixed_rate,
            "ReservoirQuota": _share(rule.reservoir_size, list(clients), report.client),
            "ReservoirQuotaTTL": now_s + _QUOTA_S,
            "Interval": INTERVAL_S,
        }

    def summaries(self) -> list[dict[str, Any]]:
        """X-Ray's SamplingStatisticSummaries: the reports of each rule and interval together."""
        found: dict[tuple[str, int], dict[str, Any]] = {}
        for one in self._reports:
            window = int(one.at_s // INTERVAL_S)
            empty = {"RuleName": one.rule, "Timestamp": window * INTERVAL_S, "RequestCount": 0,
                     "BorrowCount": 0, "SampledCount": 0}  # fmt: skip
            summary = found.setdefault((one.rule, window), empty)
            summary["RequestCount"] += one.requests
            summary["BorrowCount"] += one.borrowed
            summary["SampledCount"] += one.sampled
        return list(found.values())

    def _forget_ended(self, clients: OrderedDict[str, float], now_s: float) -> None:
        for client, seen_s in list(clients.items()):
            if now_s - seen_s > _QUOTA_S:
                del clients[client]
        while len(clients) > _MOST_CLIENTS:
            clients.popitem(last=False)


def _share(size: int, clients: list[str], client: str) -> int:
    """An equal part of a reservoir; what is left over goes one each to the first of them."""
    whole, rest = divmod(size, len(clients))
    return whole + (clients.index(client) < rest)
