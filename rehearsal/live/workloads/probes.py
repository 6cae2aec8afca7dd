"""A probe's verdict over successive answers: pure (Kubernetes, "Configure Probes")."""

from rehearsal.applications.pod import Probe


class ProbeState:
    """Counts answers in a row; the verdict turns at the probe's thresholds."""

    def __init__(self, probe: Probe, healthy: bool) -> None:
        self.healthy = healthy
        self._probe = probe
        self._successes = 0
        self.failures = 0

    def observe(self, success: bool) -> bool:
        """Take one answer; returns whether the verdict is healthy now."""
        self._successes = self._successes + 1 if success else 0
        self.failures = 0 if success else self.failures + 1
        if self._successes >= self._probe.success_threshold:
            self.healthy = True
        elif self.failures >= self._probe.failure_threshold:
            self.healthy = False
        return self.healthy
