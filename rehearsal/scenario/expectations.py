"""Whether what happened is what was told: events against lines, traffic against weights."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from rehearsal.flagger.controller.ports import Event
from rehearsal.scenario.step import Act

# A rollout may take a tick longer to become ready; on a cluster just as here.
_READINESS = re.compile(r".* not ready: waiting for rollout to finish: .*")
_CHATTER = ("all the metrics providers are available!",)
_ENDS = re.compile(r"(Promotion completed!|Canary failed!|Promotion of .* failed)")
# How unlikely a share of traffic must be before it counts as wrong.
_DOUBT = 1e-6


def messages(events: Iterable[Event]) -> list[str]:
    """The events' messages without those that only say how far a start has come."""
    texts = (event.message for event in events)
    return [t for t in texts if t not in _CHATTER and not _READINESS.fullmatch(t)]


def difference(act: Act, said: Sequence[str]) -> str | None:
    """What differs from the act's lines, in one sentence; None when nothing does."""
    for index, pattern in enumerate(act.lines):
        if index >= len(said):
            return f"expected {_plain(pattern)!r}, and nothing came"
        if not re.fullmatch(pattern, said[index]):
            return f"expected {_plain(pattern)!r}, got {said[index]!r}"
    if len(said) > len(act.lines):
        return f"nothing more was expected, got {said[len(act.lines)]!r}"
    return None


def over(act: Act, said: Sequence[str]) -> bool:
    """Whether the act has come to its end, or to another than was told."""
    return difference(act, said) is None or any(_ENDS.match(text) for text in said)


def share_doubt(share: int, met: Counter[str], version: str) -> str | None:
    """What is wrong with the traffic seen at a weight, or None.

    The number of visits that met the canary is binomial; it is doubted when a number at least as
    far out has a chance below one in a million.
    """
    total, hits = met.total(), met[version]
    if total == 0:
        return f"at weight {share} nobody came"
    p = share / 100
    tails = (_tail(total, p, range(hits + 1)), _tail(total, p, range(hits, total + 1)))
    if min(tails) < _DOUBT:
        return f"at weight {share}, {hits} of {total} visits met version {version}"
    return None


def _tail(total: int, p: float, hits: range) -> float:
    if p in (0.0, 1.0):
        return float(int(total * p) in hits)
    return math.fsum(math.exp(_log_chance(total, k, p)) for k in hits)


def _log_chance(total: int, k: int, p: float) -> float:
    ways = math.lgamma(total + 1) - math.lgamma(k + 1) - math.lgamma(total - k + 1)
    return ways + k * math.log(p) + (total - k) * math.log1p(-p)


def _plain(pattern: str) -> str:
    return re.sub(r"\\(.)", r"\1", pattern)
