"""Up a staircase: a fifth of the users more at each of five steps."""

from locust import LoadTestShape

TOTAL_S = 300.0

STEPS = 5


def users_at(elapsed_s: float, peak: int, total_s: float) -> int | None:
    """How many users there are ``elapsed_s`` into a run; None when it is over."""
    if elapsed_s >= total_s:
        return None
    step = int(elapsed_s / total_s * STEPS) + 1
    return max(1, round(peak * step / STEPS))


class Steps(LoadTestShape):
    """The curve above over -t seconds, with -u users at its height."""

    use_common_options = True

    def tick(self) -> tuple[int, float] | None:
        assert self.runner is not None
        options = self.runner.environment.parsed_options
        assert options is not None
        peak = options.num_users or 10
        users = users_at(LoadTestShape.get_run_time(self), peak, float(options.run_time or TOTAL_S))
        return None if users is None else (users, options.spawn_rate or float(peak))
