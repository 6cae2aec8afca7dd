"""Up slowly, stay long, down slowly: what leaks shows."""

from locust import LoadTestShape

TOTAL_S = 300.0

RAMP = 0.1


def users_at(elapsed_s: float, peak: int, total_s: float) -> int | None:
    """A ramp of a tenth of the time, a plateau, and the ramp down; None when it is over."""
    if elapsed_s >= total_s:
        return None
    done = elapsed_s / total_s
    height = min(1.0, done / RAMP, (1.0 - done) / RAMP)
    return max(1, round(peak * height))


class Soak(LoadTestShape):
    """The curve above over -t seconds, with -u users at its height."""

    use_common_options = True

    def tick(self) -> tuple[int, float] | None:
        assert self.runner is not None
        options = self.runner.environment.parsed_options
        assert options is not None
        peak = options.num_users or 10
        users = users_at(LoadTestShape.get_run_time(self), peak, float(options.run_time or TOTAL_S))
        return None if users is None else (users, options.spawn_rate or float(peak))
