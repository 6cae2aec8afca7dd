"""What every report is made from."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from commons.units import NS_PER_S
from loadtester.load.measuring.result import RunResult
from loadtester.thresholds.verdict import Judgement


class Outcome(StrEnum):
    """How a run ended, as far as its thresholds go."""

    PASSED = "passed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """Cut short by a signal: neither passed nor failed."""
    NOT_JUDGED = "not judged"
    """Complete, and without thresholds."""


@dataclass(frozen=True)
class Report:
    """A run, how it was judged, and what it is called."""

    result: RunResult
    judgements: tuple[Judgement, ...] = ()
    title: str = ""

    @property
    def failed(self) -> tuple[Judgement, ...]:
        """The thresholds that failed."""
        return tuple(judgement for judgement in self.judgements if not judgement.ok)

    @property
    def outcome(self) -> Outcome:
        """The ending of the run."""
        if self.result.interrupted:
            return Outcome.INTERRUPTED
        if not self.judgements:
            return Outcome.NOT_JUDGED
        return Outcome.FAILED if self.failed else Outcome.PASSED

    @property
    def target(self) -> str:
        """What was sent, to where: `GET http://detail:3000/ping`."""
        request = self.result.plan.get("request", {})
        return f"{request.get('method', 'GET')} {request.get('url', '')}".strip()

    @property
    def started(self) -> str:
        """`2026-11-25 18:00:00 UTC`; empty when it is not known."""
        seconds = self.result.started_unix_ns // NS_PER_S
        if not seconds:
            return ""
        return f"{datetime.datetime.fromtimestamp(seconds, datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"

    @property
    def origin(self) -> str:
        """`hey 0.1.0 on HOST at 2026-11-25 18:00:00 UTC`; empty when nothing is known."""
        made_by = self.result.provenance
        if not made_by.program:
            return ""
        when = f" at {self.started}" if self.started else ""
        return f"{made_by.program} {made_by.version} on {made_by.host}{when}"


Renderer = Callable[[Report], str]
"""One kind of report: the whole text of it, with its last newline."""
