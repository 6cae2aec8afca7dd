"""Writing the status: each setter changes its own fields of what is stored, and nothing else.

Flagger writes a copy of the object it read at the start of the tick; when the API server refuses it
because an earlier write of the same tick came first, it reads the object again and applies the same
fields to that (pkg/canary/status.go). Both come to what is here: read now, change, write. The
object of the running tick is never touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rehearsal.flagger.canary.model import Canary, CanaryStatus, Condition, Phase
from rehearsal.flagger.controller.ports import Clock, Store
from rehearsal.flagger.values import changed

_KEEPS_PROGRESS = (Phase.PROGRESSING, Phase.WAITING, Phase.PROMOTING)
_MARKS_PROMOTED = (Phase.INITIALIZED, Phase.SUCCEEDED)
_WAITING = ("Unknown", "Waiting for approval.")


class StatusWriter:
    """The setters, over a store, for the time of one tick."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._cookies: CanaryStatus | None = None
        self._has_written = False

    def keep_cookies(self, status: CanaryStatus) -> None:
        """Write the cookies of `status` along with the next change.

        Only the first change of a tick writes the object in memory: at the next one the API server
        says that it is out of date, and what is new in memory is lost.
        """
        if not self._has_written:
            self._cookies = status

    def sync(
        self, new: CanaryStatus, template_hash: str, tracked_configs: Mapping[str, str] | None
    ) -> None:
        """Take phase and counters from `new`, and note which spec and configs they belong to."""
        stored = self._store.get()
        promoted = stored.status.last_promoted_spec
        self._put(
            stored.status,
            phase=new.phase,
            canary_weight=new.canary_weight,
            failed_checks=new.failed_checks,
            iterations=new.iterations,
            last_applied_spec=template_hash,
            last_promoted_spec=template_hash if new.phase is Phase.INITIALIZED else promoted,
            tracked_configs=tracked_configs,
            conditions=self.conditions(stored, new.phase),
        )

    def set_failed_checks(self, count: int) -> None:
        self._put(self._store.get().status, failed_checks=count)

    def set_weight(self, weight: int) -> None:
        self._put(self._store.get().status, canary_weight=weight)

    def set_iterations(self, iterations: int) -> None:
        self._put(self._store.get().status, iterations=iterations)

    def set_phase(self, phase: Phase, planned_iterations: int = 0) -> None:
        """Change the phase; weight and iterations survive only within an analysis.

        WaitingPromotion goes back to one iteration before the last of `planned_iterations`, which
        for a weighted canary is -1.
        """
        stored = self._store.get()
        fields: dict[str, Any] = {"phase": phase, "conditions": self.conditions(stored, phase)}
        if phase not in _KEEPS_PROGRESS:
            waits = phase is Phase.WAITING_PROMOTION
            fields["canary_weight"] = 0
            fields["iterations"] = planned_iterations - 1 if waits else 0
        if phase in _MARKS_PROMOTED:
            fields["last_promoted_spec"] = stored.status.last_applied_spec
        self._put(stored.status, **fields)

    def begin(self) -> None:
        """Initializing: what the informer does to an object without conditions."""
        stored = self._store.get()
        phase = Phase.INITIALIZING
        conditions = self.conditions(stored, phase)
        self._put(stored.status, phase=phase, conditions=conditions)

    def conditions(self, canary: Canary, phase: Phase) -> tuple[Condition, ...]:
        """The one condition `Promoted`, left alone unless its status or reason changes."""
        status, message = _promoted(phase, canary.spec.target_ref.kind)
        current = canary.status.conditions[0] if canary.status.conditions else None
        if current and (current.status, current.reason) == (status, str(phase)):
            return canary.status.conditions
        now_s = self._clock.now_s()
        since_s = current.last_transition_s if current and current.status == status else now_s
        return (Condition("Promoted", status, str(phase), message, now_s, since_s),)

    def _put(self, status: CanaryStatus, **fields: Any) -> None:
        """Write the status with other fields, and the time of this write."""
        cookies, self._cookies, self._has_written = self._cookies, None, True
        if cookies is not None:
            fields |= {
                "session_affinity_cookie": cookies.session_affinity_cookie,
                "previous_session_affinity_cookie": cookies.previous_session_affinity_cookie,
                "primary_session_affinity_cookie": cookies.primary_session_affinity_cookie,
            }
        self._store.put_status(changed(status, **fields, last_transition_s=self._clock.now_s()))


@lru_cache(maxsize=64)
def _promoted(phase: Phase, kind: str) -> tuple[str, str]:
    completed = "Canary analysis completed"
    return {
        Phase.INITIALIZED: ("True", f"{kind} initialization completed."),
        Phase.WAITING: _WAITING,
        Phase.WAITING_PROMOTION: _WAITING,
        Phase.PROGRESSING: ("Unknown", "New revision detected, progressing canary analysis."),
        Phase.PROMOTING: ("Unknown", f"{completed}, starting primary rolling update."),
        Phase.FINALISING: ("Unknown", f"{completed}, routing all traffic to primary."),
        Phase.SUCCEEDED: ("True", f"{completed} successfully, promotion finished."),
        Phase.FAILED: ("False", f"Canary analysis failed, {kind} scaled to zero."),
    }.get(phase, ("Unknown", f"New {kind} detected, starting initialization."))
