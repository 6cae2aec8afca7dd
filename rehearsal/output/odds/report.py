"""What every form of the odds is made from, and how its figures are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rehearsal.probability import Fault, Latency, Odds, OddsTable, Setting
from rehearsal.probability.search import Better

_MS_PER_S = 1000


@dataclass(frozen=True)
class Patch:
    """Changes as text: a unified diff of the file, or, without one, a line for each field."""

    diff: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class OddsReport:
    """The odds of one Canary, and what would be better, where that was asked.

    Builds that fail at most `healthy` of their requests, and are not slow, are healthy: rolling one
    back is a false alarm.
    """

    table: OddsTable
    healthy: float
    better: Better | None = None
    patch: Patch | None = None

    def is_healthy(self, fault: Fault) -> bool:
        """Whether a build should be promoted."""
        return fault.latency is None and fault.error_share <= self.healthy

    def wrong(self, row: Odds) -> float:
        """How likely the wrong ending is: a false alarm, or a fault that is not caught."""
        return 1 - row.promoted if self.is_healthy(row.fault) else 1 - row.rolled_back


def percent(share: float) -> str:
    """`8.6 %`; what is next to nothing, or to everything, is not rounded away."""
    if 0 < share < 0.0005:
        return "<0.1 %"
    if 0.9995 <= share < 1:
        return ">99.9 %"
    return f"{100 * share:.1f} %"


def minutes(duration_s: float | None) -> str:
    """`3.5 min`, or a dash."""
    return "-" if duration_s is None else f"{duration_s / 60:.1f} min"


def rate(per_s: float) -> str:
    """`5/s`."""
    return f"{per_s:g}/s"


def fault_text(fault: Fault) -> str:
    """`0.1 % errors`, `p50 50ms, p99 400ms`."""
    texts = [] if fault.latency is None else [latency_text(fault.latency)]
    if fault.error_share or fault.latency is None:
        texts.insert(0, f"{100 * fault.error_share:g} % errors")
    return ", ".join(texts)


def latency_text(latency: Latency) -> str:
    """`p50 50ms, p99 400ms`."""
    text = f"p50 {_ms(latency.p50_s)}, p99 {_ms(latency.p99_s)}"
    if latency.slow_share:
        text += f", {100 * latency.slow_share:g} % at {_ms(latency.slow_s)}"
    return text


def _ms(duration_s: float) -> str:
    return f"{duration_s * _MS_PER_S:g}ms"


def setting_text(setting: Setting) -> str:
    """What was assumed of the world, in a line."""
    seen = "no scrapes: each check sees all requests of its window"
    if setting.scrape_s is not None:
        seen = f"scrapes every {setting.scrape_s:g}s"
    parts = [
        seen,
        f"{setting.arrivals} arrivals",
        f"{setting.replicas} {'pod' if setting.replicas == 1 else 'pods'} of the canary",
        "load of webhooks counted in" if setting.hook_load else "load of webhooks left out",
    ]
    return ", ".join(parts)


def method_text(row: Odds) -> str:
    """`exact`, or `sampled: 71.2 % to 74.0 %`."""
    if row.interval is None:
        return row.method
    low, high = row.interval
    return f"{row.samples} sampled: {percent(low)} to {percent(high)}"


def requests_text(row: Odds) -> str:
    """`4.2 (95 %: 11)`."""
    return f"{row.failed_requests:.1f} (95 %: {row.failed_requests_p95:.0f})"


def better_lines(better: Better, patch: Patch | None) -> Sequence[str]:
    """What the search found, in sentences; the patch is not among them."""
    asked = f"{better.catch} and {better.spare} at {rate(better.traffic_per_s)}"
    now, then = better.now, better.then
    today = (
        f"Today {percent(now.broken.rolled_back)} of the builds with"
        f" {fault_text(now.broken.fault)} are rolled back, and"
        f" {percent(now.healthy.rolled_back)} of those with {fault_text(now.healthy.fault)}."
    )
    if better.kept_already:
        return [f"This Canary keeps {asked}.", today, *_needs(better)]
    changed = "; ".join(change.text for change in better.changes)
    if better.keeps:
        lines = [f"To keep {asked}: {changed}.", today]
    else:
        nearest = f" The nearest: {changed}." if changed else ""
        lines = [f"No change that was tried keeps {asked}.{nearest}", today]
    then_text = (
        f"Then {percent(then.broken.rolled_back)} and {percent(then.healthy.rolled_back)}. A"
        f" healthy rollout takes {minutes(then.healthy.promotion_s)} instead of"
        f" {minutes(now.healthy.promotion_s)}; a broken one fails"
        f" {then.broken.failed_requests:.1f} of users' requests instead of"
        f" {now.broken.failed_requests:.1f}."
    )
    return [*lines, *([then_text] if better.changes else []), *_needs(better)]


def _needs(better: Better) -> list[str]:
    """How far that is from what the requests could tell."""
    lines = ["A test that looks at every request needs, until it knows:"]
    for need in better.needs:
        lines.append(
            f"  {need.name}: {need.requests_healthy:.0f} requests of a healthy build,"
            f" {need.requests_broken:.0f} of a broken one"
            f" (catches {percent(need.caught)}, false alarms {percent(need.spared)})"
        )
    return lines
