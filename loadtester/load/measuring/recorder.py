"""Writing down what happened, so that no pause of anybody can hide from the numbers.

Coordinated omission. A tester that waits for a response before it sends the next request is
slowed down by the very slowness it should measure: while the server stands still for a
second, one connection notes one slow request where a hundred users would have suffered, and
the percentiles come out splendid. The cure is not to correct numbers afterwards (which
invents samples) but to anchor each one at the instant it was planned for:

                 planned ........ send ............... first byte .. end
    lateness     |---------------|
    service time                 |---------------------------------|
    response time|-------------------------------------------------|

Response time is what a user who wanted something at `planned` has waited; it includes every
delay, be it of the target, of a full set of connections, or of this very program (a garbage
collection of ours must not look like nothing either). It is the headline in the open model.
Service time is what the target took once it was asked; the two agree until somebody falls
behind, and their difference says how far. In the closed model without pacing nobody planned
anything: planned is send.

Every outcome counts. A timeout is a latency, at least as long as the timeout; leaving errors
out would let a failing target improve its percentiles. Requests that were still waiting or in
flight when the run ended are recorded at their age then (`censored`, known to be too low).

Cost. On the hot path a value is only appended to a list; every BATCH responses the lists are
counted, together, which takes a third of the time and stays far below any latency worth
measuring. One second's values go into that second's histograms; when it is over they are
folded into the totals and, coarser, into the timeline. Memory does not grow with requests.
"""

from collections.abc import Callable
from typing import Final

from commons.units import NS_PER_S
from loadtester.load.errors import ErrorClass
from loadtester.load.http1.heads import Response
from loadtester.load.measuring.histogram import Histogram
from loadtester.load.measuring.records import RawRecords, Record
from loadtester.load.measuring.result import RunResult
from loadtester.load.measuring.tallies import ErrorTally, Phase, StatusTally

BATCH: Final = 256


class Timed:
    """A request as the recorder sees it: its instants on the monotonic clock, in nanoseconds."""

    __slots__ = ("dialup_ns", "dns_ns", "planned_ns", "sent_ns", "writing_ns", "written_ns")

    def __init__(self) -> None:
        self.planned_ns = 0
        self.sent_ns = 0
        self.writing_ns = 0
        self.written_ns = 0
        self.dialup_ns = 0
        self.dns_ns = 0


class _Pending:
    """Responses of one status that are noted but not yet counted."""

    __slots__ = ("lateness", "response", "service", "status")

    def __init__(self) -> None:
        self.status = 0
        self.service: list[int] = []
        self.response: list[int] = []
        self.lateness: list[int] = []

    def clear(self) -> None:
        for values in (self.service, self.response, self.lateness):
            values.clear()


class Recorder:
    """Takes in the outcome of every request and gives a `RunResult`."""

    def __init__(self, *, is_paced: bool, record_cap: int = 0) -> None:
        self.is_paced = is_paced
        self._record_cap = record_cap
        self.restart(0)

    def restart(self, start_ns: int) -> None:
        """Forget everything; offsets count from `start_ns`."""
        self.start_ns = start_ns
        self._result = RunResult(records=RawRecords(self._record_cap))
        self._write, self._wait = self._result.phases.write, self._result.phases.wait
        self.completed = 0
        self.errors = 0
        self.recent = (Histogram(), Histogram())
        """Headline times of the second before the last one, and of the last one."""
        self._pending = _Pending()
        self._second_end_ns = start_ns
        self._open_second(start_ns)

    def connection_opened(self) -> None:
        """A connection was dialled, whatever came of it."""
        self._result.counts.connections_opened += 1

    def redirect_followed(self) -> None:
        """A response led to another request on the same account."""
        self._result.counts.redirects_followed += 1

    def request_resent(self) -> None:
        """A request goes out again, its reused connection having been closed by the peer."""
        self._result.counts.resent += 1

    def transferred(self, bytes_read: int, bytes_written: int) -> None:
        """So much went over a connection since it last said so."""
        self._result.bytes_read += bytes_read
        self._result.bytes_written += bytes_written

    def woke(self, late_ns: int) -> None:
        """The pacing woke to send, so long after the planned time."""
        self._result.dispatch_lateness.record(late_ns)

    def issued(self, *, sent: int, dropped: int, max_backlog: int) -> None:
        """What became of the arrivals, after those that are still unsent were recorded."""
        counts = self._result.counts
        counts.sent, counts.dropped, counts.max_backlog = sent, dropped, max_backlog
        counts.planned = sent + dropped + counts.unsent

    def _open_second(self, now_ns: int) -> None:
        self._statuses: dict[int, StatusTally] = {}
        self._failed_response = Histogram()
        self._failed_service = Histogram()
        self._second_body_bytes = 0
        offset_ns = max(0, now_ns - self.start_ns)
        self._second_start_ns = self.start_ns + offset_ns // NS_PER_S * NS_PER_S
        self._second_end_ns = self._second_start_ns + NS_PER_S

    def recent_headline(self) -> Histogram:
        """Headline times of the last whole second and of the one under way."""
        self._count_pending()
        recent = self.recent[1].copy()
        for tally in self._statuses.values():
            recent.merge(tally.response_time if self.is_paced else tally.service_time)
        recent.merge(self._failed_response)
        return recent

    def request_completed(
        self, request: Timed, response: Response, first_ns: int, end_ns: int
    ) -> None:
        """A complete response."""
        if end_ns >= self._second_end_ns:
            self._fold(end_ns)
        pending = self._pending
        if response.status != pending.status:
            pending = self._turn_to(response.status)
        sent_ns, written_ns = request.sent_ns, request.written_ns
        if written_ns > first_ns:
            written_ns = first_ns
        pending.service.append(end_ns - sent_ns)
        self._write.add(written_ns - request.writing_ns)
        self._wait.add(first_ns - written_ns)
        if self.is_paced:
            pending.response.append(end_ns - request.planned_ns)
            pending.lateness.append(sent_ns - request.planned_ns)
        if end_ns != first_ns:
            self._result.phases.read.add(end_ns - first_ns)
        if request.dialup_ns:
            self._result.phases.dialup.add(request.dialup_ns)
            self._result.phases.dns.add(request.dns_ns)
        self.completed += 1
        self._second_body_bytes += response.body_bytes
        if len(pending.service) >= BATCH:
            self._count_pending()
        if self._record_cap:
            self._result.records.append(
                Record(
                    sent_ns - self.start_ns,
                    end_ns - request.planned_ns,
                    end_ns - sent_ns,
                    request.dialup_ns,
                    request.dns_ns,
                    written_ns - request.writing_ns,
                    first_ns - written_ns,
                    end_ns - first_ns,
                    response.status,
                )
            )

    def _turn_to(self, status: int) -> "_Pending":
        self._count_pending()
        self._pending.status = status
        return self._pending

    def _count_pending(self) -> None:
        """Count the responses that were only noted so far."""
        pending, result = self._pending, self._result
        if not pending.service:
            return
        tally = self._statuses.setdefault(pending.status, StatusTally())
        tally.service_time.record_all(pending.service)
        if self.is_paced:
            tally.response_time.record_all(pending.response)
            result.lateness.record_all(pending.lateness)
        pending.clear()

    def request_failed(
        self, request: Timed, error_class: ErrorClass, message: str, end_ns: int
    ) -> None:
        """A request that ended without a complete response."""
        if end_ns >= self._second_end_ns:
            self._fold(end_ns)
        response_ns = end_ns - request.planned_ns
        self._failed_response.record(response_ns)
        self._failed_service.record(end_ns - request.sent_ns)
        if self.is_paced:
            self._result.lateness.record(request.sent_ns - request.planned_ns)
        self._result.errors.setdefault(error_class, ErrorTally()).add(response_ns, message)
        self.errors += 1

    def request_aborted(self, request: Timed, end_ns: int) -> None:
        """A request in flight that the end of the run cut off."""
        self._result.counts.aborted += 1
        self._result.service_time.record(end_ns - request.sent_ns)
        self._result.censored_service.record(end_ns - request.sent_ns)
        if self.is_paced:
            self._result.lateness.record(request.sent_ns - request.planned_ns)
        self._censor(end_ns - request.planned_ns)

    def arrivals_unsent(self, planned_ns: list[int], end_ns: int) -> None:
        """Arrivals that were due and still waiting when the run ended."""
        ages_ns = [end_ns - planned for planned in planned_ns]
        self._result.counts.unsent += len(ages_ns)
        if ages_ns:
            self._result.response_time.record_all(ages_ns)
            self._result.censored.record_all(ages_ns)

    def many_unsent(
        self, planned_ns: Callable[[int], int], first: int, last: int, end_ns: int
    ) -> None:
        """As `arrivals_unsent` of arrivals `first` to before `last`, too many to go through."""
        ages = Histogram()
        ages.record_monotone(lambda number: end_ns - planned_ns(number), first, last)
        self._result.counts.unsent += last - first
        self._result.response_time.merge(ages)
        self._result.censored.merge(ages)

    def _censor(self, age_ns: int) -> None:
        self._result.response_time.record(age_ns)
        self._result.censored.record(age_ns)

    def _fold(self, now_ns: int) -> None:
        """The second is over: add it to the totals and to the timeline, and open the next."""
        self._count_pending()
        result, headline = self._result, Histogram()
        slot = result.timeline.slot(self._second_start_ns - self.start_ns)
        for status, tally in self._statuses.items():
            if not self.is_paced:
                tally.response_time = tally.service_time.copy()
            result.statuses.setdefault(status, StatusTally()).merge(tally)
            headline.merge(tally.response_time)
            result.service_time.merge(tally.service_time)
            slot.completed += tally.count
            slot.server_errors += tally.count if status >= 500 else 0
        headline.merge(self._failed_response)
        result.service_time.merge(self._failed_service)
        result.response_time.merge(headline)
        result.bytes_body += self._second_body_bytes
        slot.bytes += self._second_body_bytes
        slot.errors += self._failed_response.count
        slot.response_time.merge_coarsely(headline)
        self.recent = (self.recent[1], headline)
        self._open_second(now_ns)

    def finish(self, end_ns: int) -> RunResult:
        """Everything up to `end_ns`, folded. The recorder may go on afterwards."""
        self._fold(end_ns)
        result = self._result
        result.counts.completed, result.counts.errors = self.completed, self.errors
        result.wall_ns = end_ns - self.start_ns
        for phase in (result.phases.dialup, result.phases.dns, result.phases.read):
            of_zero = self.completed - phase.count
            if of_zero:
                phase.merge(Phase(of_zero, 0, 0, 0))
        return result
