"""Calm, then everybody at once, then calm again: does it recover?"""

from locust import LoadTestShape

TOTAL_S = 300.0

CALM = 0.1
FROM, TO = 0.4, 0.6


def users_at(elapsed_s: float, peak: int, total_s: float) -> int | None:
    """A tenth of the users, but all of them in the middle fifth; None when it is over."""
    if elapsed_s >= total_s:
        return None
    if FROM <= elapsed_s / total_s < TO:
        return peak
    return max(1, round(peak * CALM))


class Spike(LoadTestShape):
    """The curve above over -t seconds, with -u users at its height."""

    use_common_options = True

    def tick(self) -> tuple[int, float] | None:
        assert self.runner is not None
        options = self.runner.environment.parsed_options
        assert options is not None
        peak = options.num_users or 10
        users = users_at(LoadTestShape.get_run_time(self), peak, float(options.run_time or TOTAL_S))
        return None if users is None else (users, options.spawn_rate or float(peak))
