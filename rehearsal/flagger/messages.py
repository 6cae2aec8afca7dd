"""Flagger's event messages, taken apart: which one it is, and the names and numbers in it.

Source: the calls of `recordEventInfof`, `recordEventWarningf` and `recordEventErrorf` in flagger
pkg/controller (v1.44.0). A form is literal text with fields in braces; the names of a canary are
literal, the others are found by the text around them, in linear time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from rehearsal.flagger.canary.model import Canary

MOST_CHARACTERS = 4096
"""Longer messages are not taken apart; an event of Kubernetes has 1,024 at most."""

_HALT = "Halt {canary} advancement"
_NO_VALUES = "Halt advancement no values found for"

FORMS: dict[str, tuple[str, ...]] = {
    "providers-available": ("all the metrics providers are available!",),
    "providers-missing": ("Error checking metric providers: {error}",),
    "initialized": ("Initialization done! {canary}",),
    "suspended": ("skipping canary run as object is suspended",),
    "detected": ("New revision detected! Scaling up {target}",),
    "restarting": ("New revision detected! Restarting analysis for {target}",),
    "starting": ("Starting canary analysis for {target}",),
    "advanced-weight": ("Advance {canary} canary weight {weight}",),
    "advanced-iteration": ("Advance {canary} canary iteration {iteration}/{iterations}",),
    "advanced-primary": ("Advance {canary} primary weight {weight}",),
    "copying": ("Copying {target} template spec to {primary}",),
    "routed-to-canary": (
        "Routing all traffic to canary",
        "Stop traffic mirroring and route all traffic to canary",
    ),
    "routed-to-primary": ("Routing all traffic to primary",),
    "skipped": ("Promotion completed! Canary analysis was skipped for {target}",),
    "promoted": ("Promotion completed! Scaling down {target}",),
    "confirm-rollout-passed": ("Confirm-rollout check {hook} passed",),
    "confirm-rollout-closed": (f"{_HALT} waiting for approval {{hook}}",),
    "pre-rollout-passed": ("Pre-rollout check {hook} passed",),
    "pre-rollout-failed": (f"{_HALT} pre-rollout check {{hook}} failed {{error}}",),
    "rollout-failed": (f"{_HALT} external check {{hook}} failed {{error}}",),
    "confirm-traffic-increase-passed": ("Confirm-traffic-increase check {hook} passed",),
    "confirm-traffic-increase-closed": (f"{_HALT} waiting for traffic increase approval {{hook}}",),
    "confirm-promotion-passed": ("Confirm-promotion check {hook} passed",),
    "confirm-promotion-closed": (f"{_HALT} waiting for promotion approval {{hook}}",),
    "post-rollout-passed": ("Post-rollout check {hook} passed",),
    "post-rollout-failed": ("Post-rollout hook {hook} failed {error}",),
    "rollback-refused": ("Rollback hook {hook} not signaling a rollback",),
    "rollback-requested": ("Rollback check {hook} passed",),
    "rolling-back-by-hand": ("Rolling back {canary} manual webhook invoked",),
    "rolling-back": ("Rolling back {canary} failed checks threshold reached {count}",),
    "failed": ("Canary failed! Scaling down {canary}",),
    "promotion-failed": ("Promotion of {target} failed, primary not ready: {reason}",),
    "primary-not-ready": (
        "primary daemonset {primary} not ready: {reason}",
        "{primary} not ready: {reason}",
    ),
    "canary-not-ready": (
        "canary deployment {target} not ready: {reason}",
        "canary damonset {target} not ready with retryable {retriable}: {reason}",
    ),
    "no-success-rate": (
        f"{_NO_VALUES} {{provider}} metric request-success-rate probably {{target}}"
        " is not receiving traffic{error}",
    ),
    "no-duration": (
        f"{_NO_VALUES} {{provider}} metric request-duration probably {{target}}"
        " is not receiving traffic{error}",
    ),
    "no-custom-values": (
        f"{_NO_VALUES} custom metric: {{metric}}: {{error}}",
        f"{_NO_VALUES} metric: {{metric}}",
    ),
    "success-rate-halt": (
        f"{_HALT} success rate {{value}}% < {{limit}}%",
        f"{_HALT} success rate {{value}}% > {{limit}}%",
    ),
    "duration-halt": (
        f"{_HALT} request duration {{value}} < {{limit}}",
        f"{_HALT} request duration {{value}} > {{limit}}",
    ),
    "ab-unsupported": (
        "A/B testing is not supported when using the kubernetes provider",
        "Progressive traffic is not supported when using the kubernetes provider",
        "Setting canaryAnalysis.iterations: 10",
    ),
    "query-unusable": (
        "Metric query failed for no usable metrics template and query were configured",
    ),
    "custom-halt": (
        f"{_HALT} {{metric}} {{value}} < {{limit}}",
        f"{_HALT} {{metric}} {{value}} > {{limit}}",
    ),
    "builtin-query-failed": ("Prometheus query failed: {error}",),
    "query-failed": ("Prometheus query failed for {metric}: {error}",),
    "template-query-failed": ("Metric query failed for {metric}: {error}",),
    "template-failed": ("Metric template {template} {error}",),
    "scaling-failed": ("scaling down canary {kind} {target} failed: {error}",),
}
"""All forms of each kind, the more specific kinds before those that would swallow them."""


@dataclass(frozen=True)
class Message:
    """A message of a known kind; `kind` is empty for one that Flagger passes on from elsewhere."""

    text: str
    kind: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def counts_as_failed_check(self) -> bool:
        """Whether the check behind it adds one to `status.failedChecks`."""
        return self.kind in _FAILED_CHECKS

    @property
    def below(self) -> bool:
        """Whether a value was below its limit, in a message that compares the two."""
        return f" < {self.fields.get('limit', '')}" in self.text


_FAILED_CHECKS = frozenset(
    {
        "pre-rollout-failed",
        "rollout-failed",
        "no-success-rate",
        "no-duration",
        "no-custom-values",
        "success-rate-halt",
        "duration-halt",
        "custom-halt",
        "builtin-query-failed",
        "query-failed",
        "template-query-failed",
        "template-failed",
        "query-unusable",
    }
)


def take_apart(text: str, canary: Canary) -> Message:
    """The message of a canary's event."""
    if len(text) > MOST_CHARACTERS:
        return Message(text)
    known = _known(canary)
    for kind, forms in _forms(_names(canary)):
        for form in forms:
            fields = _match(form, text, known)
            if fields is not None and all(_plausible(kind, *field) for field in fields.items()):
                return Message(text, kind, fields)
    return Message(text)


def _names(canary: Canary) -> tuple[tuple[str, str], ...]:
    namespace = canary.namespace
    return (
        ("canary", canary.full_name),
        ("target", f"{canary.target}.{namespace}"),
        ("primary", f"{canary.primary}.{namespace}"),
    )


def _known(canary: Canary) -> dict[str, list[str]]:
    """Names that may hold any text, the longest first: they are tried before all else."""
    analysis = canary.spec.analysis
    return {
        "hook": sorted({hook.name for hook in analysis.webhooks}, key=len, reverse=True),
        "metric": sorted({metric.name for metric in analysis.metrics}, key=len, reverse=True),
    }


Form = tuple[str, ...]
"""Literal, field, literal, field, ..., literal."""


@lru_cache(maxsize=64)
def _forms(names: tuple[tuple[str, str], ...]) -> tuple[tuple[str, tuple[Form, ...]], ...]:
    fixed = dict(names)
    return tuple(
        (kind, tuple(_split(form, fixed) for form in forms)) for kind, forms in FORMS.items()
    )


def _split(form: str, fixed: Mapping[str, str]) -> Form:
    parts: list[str] = [""]
    rest = form
    while "{" in rest:
        literal, _, rest = rest.partition("{")
        name, _, rest = rest.partition("}")
        parts[-1] += literal
        if name in fixed:
            parts[-1] += fixed[name]
        else:
            parts += [name, ""]
    parts[-1] += rest
    return tuple(parts)


def _match(form: Form, text: str, known: Mapping[str, list[str]]) -> dict[str, str] | None:
    """The fields of a text of this form, or None.

    A field ends where the next literal first occurs, unless a known name fits.
    """
    if not text.startswith(form[0]):
        return None
    fields: dict[str, str] = {}
    at = len(form[0])
    for index in range(1, len(form), 2):
        name, literal, last = form[index], form[index + 1], index + 2 == len(form)
        end = _end(text, at, literal, last, known.get(name, ()))
        if end is None:
            return None
        fields[name] = text[at:end]
        at = end + len(literal)
    return fields if at == len(text) else None


def _end(text: str, at: int, literal: str, last: bool, known: Iterable[str]) -> int | None:
    for name in known:
        end = at + len(name)
        fits = text.startswith(name, at) and text.startswith(literal, end)
        if fits and (not last or end + len(literal) == len(text)):
            return end
    end = len(text) - len(literal) if last else text.find(literal, at)
    return end if end >= at and text.startswith(literal, end) else None


def _plausible(kind: str, name: str, value: str) -> bool:
    """Whether a number is one: that tells a metric of one's own from everything else."""
    if name in _COUNTS:
        return value.lstrip("-").isdecimal() and value.isascii()
    if name == "value" and kind in ("success-rate-halt", "custom-halt"):
        return _is_number(value)
    return name != "value" or value[-1:] == "s"


_COUNTS = ("weight", "iteration", "iterations", "count")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
