"""How long a kubelet waits before it starts a container again. Pure.

10 s, doubled with each restart up to five minutes, and from the beginning again once a container
has run for ten minutes (Kubernetes, "Pod Lifecycle": container restart policy).
"""

FIRST_S = 10.0
MOST_S = 300.0
FORGOTTEN_AFTER_S = 600.0


class RestartBackoff:
    """Counts the restarts of one container."""

    def __init__(self) -> None:
        self.restarts = 0
        self._delay_s = 0.0

    def next_delay_s(self, ran_s: float) -> float:
        """The wait after a run of `ran_s`; the first restart comes at once."""
        if ran_s >= FORGOTTEN_AFTER_S:
            self._delay_s = 0.0
        delay_s, self._delay_s = self._delay_s, min(MOST_S, self._delay_s * 2 or FIRST_S)
        self.restarts += 1
        return delay_s
