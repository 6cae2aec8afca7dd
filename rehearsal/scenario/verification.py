"""Whether a step came to what was expected of it. Pure: values in, complaints out."""

import math
from collections import Counter
from collections.abc import Sequence

from rehearsal.flagger.canary.model import Canary
from rehearsal.recording.records import Record, WeightRecord
from rehearsal.scenario.outcome import StepOutcome, messages_of
from rehearsal.scenario.prediction import (
    Templates,
    compare_promotion,
    compare_rollback,
    predict_bootstrap,
    predict_promotion,
)
from rehearsal.scenario.progress import find_ending
from rehearsal.scenario.step import Expectations

# How unlikely a share of traffic must be before it counts as wrong.
_DOUBT = 1e-6


def verify_step(
    outcome: StepOutcome,
    records: Sequence[Record],
    canary: Canary,
    provider: str,
    image: str,
    templates: Templates = (),
) -> list[str]:
    """What differs from what was expected, a sentence each; `image` is the primary's."""
    expect = outcome.step.expect
    found = [
        _ending(expect, records, canary),
        _phase(expect, canary),
        _events(expect, records, canary, provider, templates),
        _image(expect, image),
        *_failures(expect, outcome),
        *_deliveries(outcome),
    ]
    if expect.weights and _was_shared(records, canary.full_name):
        found += _weights(outcome)
    return [complaint for complaint in found if complaint]


def _ending(expect: Expectations, records: Sequence[Record], canary: Canary) -> str | None:
    if expect.ending is None:
        return None
    ending = find_ending(records, canary.full_name)
    if ending == expect.ending or (expect.ending == "finished" and ending is not None):
        return None
    return f"expected the canary to be {expect.ending}, but it was {ending or 'still under way'}"


def _phase(expect: Expectations, canary: Canary) -> str | None:
    phase = canary.status.phase
    if not expect.phase or phase == expect.phase:
        return None
    return f"expected phase {expect.phase}, got {phase or 'none'}"


def _events(
    expect: Expectations,
    records: Sequence[Record],
    canary: Canary,
    provider: str,
    templates: Templates,
) -> str | None:
    if expect.events is None:
        return None
    messages = messages_of(records, canary.full_name)
    if expect.events == "initialized":
        return compare_promotion(predict_bootstrap(canary, provider, templates), messages)
    predicted = predict_promotion(canary, provider, templates)
    if expect.events == "promoted":
        return compare_promotion(predicted, messages)
    return compare_rollback(predicted, messages, canary)


def _image(expect: Expectations, image: str) -> str | None:
    if not expect.image or image.endswith(expect.image):
        return None
    return f"expected the primary to run {expect.image}, but it runs {image}"


def _failures(expect: Expectations, outcome: StepOutcome) -> list[str]:
    failures = outcome.traffic.failures
    found = []
    if expect.most_failures is not None and failures > expect.most_failures:
        found.append(f"expected at most {expect.most_failures} failed requests, got {failures}")
    if expect.least_failures is not None and failures < expect.least_failures:
        found.append(f"expected at least {expect.least_failures} failed requests, got {failures}")
    return found


def _deliveries(outcome: StepOutcome) -> list[str]:
    """A fault that reached nobody has tested nothing."""
    return [
        f"the fault ({fault}) reached none of {matched} requests, so this step tested nothing"
        for fault, matched in outcome.idle_faults.items()
    ]


def _was_shared(records: Sequence[Record], canary: str) -> bool:
    """Whether the canary was given a share at all: some providers and plans never do."""
    return any(
        isinstance(r, WeightRecord) and r.canary == canary and r.canary_weight > 0 and not r.matched
        for r in records
    )


def _weights(outcome: StepOutcome) -> list[str]:
    by_weight = outcome.traffic.by_weight
    used = {weight: sides for weight, sides in by_weight.items() if weight > 0}
    if not used:
        return ["no requests were observed while the canary had a share of the traffic"]
    doubts = (doubt_share(weight, sides) for weight, sides in sorted(used.items()))
    return [doubt for doubt in doubts if doubt]


def doubt_share(weight: int, sides: Counter[str]) -> str | None:
    """What is wrong with the traffic observed at a weight, or None.

    The number of requests that reached the canary is binomial; it is doubted when a number at least
    as far out has a chance below one in a million.
    """
    hits, total = sides["canary"], sides["canary"] + sides["primary"]
    if total == 0:
        return f"no requests were observed at weight {weight}"
    share = weight / 100
    tails = (_tail(total, share, range(hits + 1)), _tail(total, share, range(hits, total + 1)))
    if min(tails) < _DOUBT:
        return f"at weight {weight}, {hits} of {total} requests reached the canary"
    return None


def _tail(total: int, share: float, hits: range) -> float:
    if share in (0.0, 1.0):
        return float(int(total * share) in hits)
    return math.fsum(math.exp(_log_chance(total, k, share)) for k in hits)


def _log_chance(total: int, k: int, share: float) -> float:
    ways = math.lgamma(total + 1) - math.lgamma(k + 1) - math.lgamma(total - k + 1)
    return ways + k * math.log(share) + (total - k) * math.log1p(-share)
