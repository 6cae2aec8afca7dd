"""A list of traces: when, what was asked for, what came of it, how long it took. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from xray_local.pages import wording
from xray_local.pages.templates import render
from xray_local.spans import Health
from xray_local.trace import Trace

_MOST_SERVICES = 6
_WORDS = {"ok": "OK", "error": "Error", "throttle": "Throttle", "fault": "Fault"}


@dataclass(frozen=True)
class TraceRow:
    """One trace as texts."""

    trace: Trace
    address: str
    now_s: float | None
    share: float
    """Its response time as a share of the slowest beside it."""

    @property
    def when(self) -> str:
        if self.now_s is None:
            return wording.moment(self.trace.start_s)
        return wording.age(self.now_s - self.trace.start_s)

    @property
    def moment(self) -> str:
        return f"{wording.date_and_moment(self.trace.start_s)} UTC"

    @property
    def method(self) -> str:
        return wording.printable(self.trace.root.http.method, 20)

    @property
    def name(self) -> str:
        """The URL of the request, or the name of the first span where there was none."""
        return wording.printable(self.trace.root.http.url or self.trace.root.name, 300)

    @property
    def state(self) -> str:
        root = self.trace.root
        word = _WORDS[self.trace.health.value]
        is_of_root = root.http.status and root.health is self.trace.health
        return f"{word} {root.http.status}" if is_of_root else word

    @property
    def response_time(self) -> str:
        root = self.trace.root
        return wording.duration(root.duration_s) if root.is_complete else "in progress"

    @property
    def services(self) -> str:
        names = dict.fromkeys(self.trace.services.get(s.span_id, "") for s in self.trace.entries)
        shown = [wording.printable(name, 60) for name in names if name]
        more = f" and {len(shown) - _MOST_SERVICES} more" if len(shown) > _MOST_SERVICES else ""
        return " → ".join(shown[:_MOST_SERVICES]) + more

    @property
    def bar(self) -> Markup:
        health = self.trace.health
        kind = "c0" if health is Health.OK else health.value
        return Markup(  # numbers and words of ours
            f'<svg class="bar" aria-hidden="true"><rect class="{kind}" rx="2"'
            f' width="{max(0.5, min(self.share, 1.0) * 100):.2f}%"/></svg>'
        )


def trace_rows(
    traces: Sequence[Trace],
    address: Callable[[Trace], str],
    now_s: float | None = None,
) -> list[TraceRow]:
    """Rows of these traces; with `now_s` they say how long ago, else at what time."""
    slowest_s = max((trace.response_time_s for trace in traces), default=0.0) or 1.0
    return [
        TraceRow(trace, address(trace), now_s, trace.response_time_s / slowest_s)
        for trace in traces
    ]


def trace_table_html(
    traces: Iterable[Trace],
    address: Callable[[Trace], str] = lambda trace: "",
    now_s: float | None = None,
) -> str:
    """The table as HTML without script or style of its own; without an address no links."""
    return render("trace_table.html", rows=trace_rows(list(traces), address, now_s))
