"""What is said before a rehearsal begins."""

from rehearsal.clock import ScaledClock
from rehearsal.live.config import EnvironmentConfig
from rehearsal.live.webhooks import PATIENCE_S
from rehearsal.live.workloads.cluster import START_PATIENCE_S


def describe_opening(config: EnvironmentConfig, clock: ScaledClock) -> str:
    """What is rehearsed, and what the clock does to it."""
    first = config.canary
    analysis = first.canary.spec.analysis
    names = ", ".join(c.canary.full_name for c in config.canaries)
    return (
        f"Rehearsing {names} ({first.provider}): every {analysis.interval_s:g} s,"
        f" threshold {analysis.failed_checks_limit}.\n"
        f"The canary's clock runs {clock.speed:g} times as fast as yours: one minute takes"
        f" {clock.real_s(60):.3g} s. Interval, metric windows, scrapes, probes, the run time of"
        " load and webhook timeouts are scaled with it; request rates are not.\n"
        f"Real processes are not sped up: webhooks get at least {PATIENCE_S:g} s, replicas at"
        f" least {START_PATIENCE_S:g} s to start."
    )
