"""Changes to a Canary that may better its odds, each as it would be written in the file. Pure.

A change is a set of edits of the spec; `apply` makes them on the object as it stands in the file,
so that what is judged is what the patch says.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commons.durations import format_duration_s
from rehearsal.flagger.canary.analysis import METRIC_INTERVAL
from rehearsal.flagger.canary.model import Canary, CanarySpec
from rehearsal.probability.check_reading import checks_of
from rehearsal.probability.checks import ShareCheck
from rehearsal.probability.promises import Promise
from rehearsal.webhooks.hook_load import hook_loads

Path = tuple[str | int, ...]

INTERVALS_S = (30, 60, 120, 300, 600)
LOAD_FACTORS = (2, 5, 10, 20, 50)
MOST_LOAD_PER_S = 200.0
WEIGHTS = ((5, 20), (10, 30), (10, 50), (20, 60), (20, 80))
ITERATIONS = (2, 3, 5, 10)
SHARES = (0.002, 0.003, 0.005, 0.0075, 0.01, 0.0125, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.3)

_ANALYSIS: Path = ("spec", "analysis")
_RATE_FLAGS = ("q", "qps", "rate", "rps")


@dataclass(frozen=True)
class Edit:
    """One value of the file: where it is, what it becomes, and, in a text, which words change."""

    path: Path
    value: Any
    words: tuple[str, str] | None = None


@dataclass(frozen=True)
class Change:
    """Edits that belong together; changes of one `dimension` exclude each other.

    `cost` is what it takes beside time and failed requests, as a share of today's costs.
    """

    dimension: str
    text: str
    edits: tuple[Edit, ...]
    cost: float = 0.1


def apply_changes(canary: Canary, changes: Sequence[Change]) -> Canary:
    """The Canary as it would be with these changes."""
    raw: dict[str, Any] = {"spec": raw_spec(canary)}
    for change in changes:
        for edit in change.edits:
            _put(raw, edit)
    return Canary(canary.name, canary.namespace, CanarySpec.model_validate(raw["spec"]))


def raw_spec(canary: Canary) -> dict[str, Any]:
    """The spec as it was written, by the keys of YAML."""
    return copy.deepcopy(canary.spec.model_dump(by_alias=True, exclude_unset=True))


def threshold_change(canary: Canary, limit: int) -> Change:
    """Another number of failed checks that ends a run."""
    old = canary.spec.analysis.threshold
    edit = Edit((*_ANALYSIS, "threshold"), limit)
    return Change("threshold", f"threshold {old} → {limit}", (edit,))


def possible_changes(
    canary: Canary, catch: Promise, spare: Promise, mesh_provider: str, *, hook_load: bool = True
) -> tuple[Change, ...]:
    """Everything worth a try but for thresholds, one dimension at a time."""
    return (
        *_intervals(canary),
        *_limits(canary, catch, spare, mesh_provider),
        *(_loads(canary) if hook_load else ()),
        *_plans(canary),
    )


def _put(raw: dict[str, Any], edit: Edit) -> None:
    at: Any = raw
    for part in edit.path[:-1]:
        if isinstance(at, dict) and part not in at:
            at[part] = {}
        at = at[part]
    if isinstance(at, tuple):
        raise TypeError("a spec is made of lists")
    at[edit.path[-1]] = edit.value


def _intervals(canary: Canary) -> Iterator[Change]:
    """Another interval, and windows that reach back as far, so that checks count all requests."""
    analysis = canary.spec.analysis
    for interval_s in INTERVALS_S:
        if interval_s == analysis.interval_s:
            continue
        text = _duration(interval_s)
        edits = [Edit((*_ANALYSIS, "interval"), text)]
        for index, metric in enumerate(analysis.metrics):
            if (metric.interval or METRIC_INTERVAL) != text:
                edits.append(Edit((*_ANALYSIS, "metrics", index, "interval"), text))
        words = f"interval {analysis.interval} → {text}, with windows as long"
        yield Change("interval", words, tuple(edits))


def _limits(canary: Canary, catch: Promise, spare: Promise, mesh_provider: str) -> Iterator[Change]:
    """Another limit, between the shares of the two promises, of metrics named for success."""
    checks, _ = checks_of(canary, (), mesh_provider)
    judged = [one for one in checks if isinstance(one, ShareCheck)]
    for index, metric in enumerate(canary.spec.analysis.metrics):
        mine = [one for one in judged if one.metric is metric or one.metric == metric]
        if not mine or mine[0].least is None:
            continue
        for share in SHARES:
            old = 1 - mine[0].least
            if spare.error_share < share < catch.error_share and abs(share - old) > 1e-9:
                yield _limit(index, metric.name, old, share, metric.threshold_range is None)


def _limit(index: int, name: str, old: float, share: float, legacy: bool) -> Change:
    value = round(100 * (1 - share), 6)
    number = int(value) if value == int(value) else value
    path: Path = (*_ANALYSIS, "metrics", index)
    where: Path = (*path, "threshold") if legacy else (*path, "thresholdRange", "min")
    text = f"{name} at least {100 * (1 - old):g} → {number:g}"
    return Change(f"limit {index}", text, (Edit(where, number),))


def _loads(canary: Canary) -> Iterator[Change]:
    """More load of webhooks whose requests meet faults."""
    loads, _ = hook_loads(canary)
    useful = {load.hook: load for load in loads if load.meets_faults and load.duration_s > 1}
    for index, hook in enumerate(canary.spec.analysis.webhooks):
        load = useful.get(hook.name)
        if load is None or load.asked != "check":
            continue
        for factor in LOAD_FACTORS:
            if load.rate_per_s * factor <= MOST_LOAD_PER_S:
                edit = _more_load(index, hook.metadata or {}, factor)
                if edit is not None:
                    rate = load.rate_per_s
                    text = f"load of {hook.name} {rate:g}/s → {rate * factor:g}/s"
                    yield Change("load", text, (edit,), 0.1 + 0.2 * math.log2(factor))


def _more_load(index: int, metadata: Mapping[str, str], factor: int) -> Edit | None:
    """The rate in a command, or in the fields of a task, so many times as high."""
    path: Path = (*_ANALYSIS, "webhooks", index, "metadata")
    for field in ("rate", "q"):
        if _is_number(metadata.get(field, "")):
            return Edit((*path, field), f"{float(metadata[field]) * factor:g}")
    command = metadata.get("cmd", "")
    match = _rate_flag(command)
    if match is None:
        return None
    old = match[0]
    new = f"{match[1]}{match[2]}{float(match[3]) * factor:g}"
    return Edit((*path, "cmd"), command.replace(old, new, 1), (old, new))


def _rate_flag(command: str) -> re.Match[str] | None:
    names = "|".join(_RATE_FLAGS)
    pattern = rf"(--?(?:{names}))([ =])([0-9]{{1,9}}(?:\.[0-9]{{1,9}})?)(?=\s|$|/s)"
    return re.search(pattern, command) if len(command) <= 20_000 else None


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit() and len(text) < 20


def _plans(canary: Canary) -> Iterator[Change]:
    """More checks: other weights of a weighted canary, more iterations of the others."""
    analysis = canary.spec.analysis
    if analysis.iterations > 0:
        for factor in ITERATIONS:
            count = analysis.iterations * factor
            edit = Edit((*_ANALYSIS, "iterations"), count)
            yield Change("plan", f"iterations {analysis.iterations} → {count}", (edit,))
    elif analysis.step_weight > 0:
        old = (analysis.step_weight, analysis.weight_limit)
        for step, most in WEIGHTS:
            if (step, most) != old:
                edits = (
                    Edit((*_ANALYSIS, "stepWeight"), step),
                    Edit((*_ANALYSIS, "maxWeight"), most),
                )
                text = f"weights by {old[0]} to {old[1]} → by {step} to {most}"
                yield Change("plan", text, edits)


def _duration(interval_s: int) -> str:
    text = format_duration_s(interval_s)
    return text.removesuffix("0s") if text.endswith("m0s") else text
