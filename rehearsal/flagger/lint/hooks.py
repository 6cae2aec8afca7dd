"""Webhooks that take too long, cannot be called, or forget."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.flagger.canary.analysis import Webhook
from rehearsal.flagger.golang import NS_PER_S, DurationError, parse_duration_ns
from rehearsal.flagger.lint.rule import Finding, Rule, Situation

_HOOKS = "spec.analysis.webhooks"
_DEFAULT_S = 10.0
_GATES = ("confirm-rollout", "confirm-promotion", "confirm-traffic-increase", "rollback")


def timeout_unreadable(situation: Situation) -> Iterator[Finding]:
    for index, hook in enumerate(situation.analysis.webhooks):
        try:
            timeout_s(hook)
        except DurationError as error:
            text = f"Go cannot read it ({error}): the check fails without a request"
            yield Finding("timeout-unreadable", f"{_HOOKS}[{index}].timeout", text)


def timeouts_fill_the_interval(situation: Situation) -> Iterator[Finding]:
    analysis = situation.analysis
    total_s = sum(_readable_s(hook) for hook in analysis.webhooks if hook.type in ("", "rollout"))
    if total_s >= analysis.interval_s:
        text = (
            f"the rollout webhooks may take {total_s:g}s together, an interval is"
            f" {analysis.interval_s:g}s: ticks will be dropped"
        )
        yield Finding("timeouts-fill-the-interval", _HOOKS, text)


def gates_forget(situation: Situation) -> Iterator[Finding]:
    if situation.loadtester_replicas <= 1:
        return
    for index, hook in enumerate(situation.analysis.webhooks):
        if hook.type in _GATES and "loadtester" in hook.url:
            text = (
                f"the load tester keeps gates in memory and has {situation.loadtester_replicas}"
                " replicas: a gate opened in one stays shut in the others"
            )
            yield Finding("gates-forget", f"{_HOOKS}[{index}]", text)


def promotion_gate_of_one_iteration(situation: Situation) -> Iterator[Finding]:
    analysis = situation.analysis
    gated = any(hook.type == "confirm-promotion" for hook in analysis.webhooks)
    if gated and analysis.iterations == 1:
        text = "is 1: while the promotion waits, the analysis and its pre-rollout start over"
        yield Finding("promotion-gate-of-one", "spec.analysis.iterations", text)


def retries_extend(situation: Situation) -> Iterator[Finding]:
    for index, hook in enumerate(situation.analysis.webhooks):
        if hook.retries > 0 and _with_retries_s(hook) >= situation.analysis.interval_s:
            text = f"with its waits this webhook may take {_with_retries_s(hook):g}s"
            yield Finding("retries-fill-the-interval", f"{_HOOKS}[{index}].retries", text)


def timeout_s(hook: Webhook) -> float:
    """Seconds of one attempt; raises DurationError."""
    if len(hook.timeout) < 2:
        return _DEFAULT_S
    return parse_duration_ns(hook.timeout) / NS_PER_S


def _readable_s(hook: Webhook) -> float:
    try:
        return timeout_s(hook)
    except DurationError:
        return 0.0


def _with_retries_s(hook: Webhook) -> float:
    waits_s = sum(min(2.0**attempt, 30.0) for attempt in range(hook.retries))
    return _readable_s(hook) * (hook.retries + 1) + waits_s


RULES: tuple[Rule, ...] = (
    timeout_unreadable,
    timeouts_fill_the_interval,
    gates_forget,
    promotion_gate_of_one_iteration,
    retries_extend,
)
