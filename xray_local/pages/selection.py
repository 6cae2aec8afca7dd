"""Which traces a page is about: a filter expression, a time range, an order. Pure.

The search goes from the newest trace to the oldest and ends when it has enough, or has used up its
share of time; a page then says how far it went.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from xray_local.filters import FilterError, parse_filter
from xray_local.store import TraceStore
from xray_local.trace import Trace

PAGE = 50
MOST_PAGES = 200
BUDGET_S = 0.05
RANGES = (
    ("60", "last minute"),
    ("300", "last 5 minutes"),
    ("900", "last 15 minutes"),
    ("3600", "last hour"),
    ("21600", "last 6 hours"),
    ("", "all times"),
)
ORDERS = (("latest", "latest first"), ("slowest", "slowest first"))
_MOST_EXPRESSION = 1_000
_MOST_SORTED = 5_000


@dataclass(frozen=True)
class Selection:
    """What was asked for; `error` says what is wrong with it, and then nothing is selected.

    `range_s` is a number of seconds up to now as text, "" for no bound; `since` and `until` are
    moments of an own range, UTC.
    """

    expression: str = ""
    range_s: str = ""
    since: str = ""
    until: str = ""
    order: str = "latest"
    page: int = 0
    now_s: float = 0.0
    start_s: float = 0.0
    end_s: float = math.inf
    matches: Callable[[Trace], bool] = lambda trace: True
    error: str = ""

    def query(self, **changes: str | int) -> str:
        """The same selection as the query of an address, with changes."""
        asked: dict[str, str | int] = {
            "filter": self.expression,
            "range": self.range_s,
            "since": self.since,
            "until": self.until,
            "order": self.order if self.order != "latest" else "",
            "page": self.page or "",
        }
        asked |= changes
        return urlencode({k: v for k, v in asked.items() if v != ""}, errors="replace")

    @property
    def is_filtered(self) -> bool:
        return bool(self.expression)


def read_selection(query: Mapping[str, str], now_s: float) -> Selection:
    """What the query of an address asks for; what it cannot mean is said in `error`."""
    expression = query.get("filter", "").strip()
    range_s = query.get("range", "")
    since, until = query.get("since", "").strip(), query.get("until", "").strip()
    errors: list[str] = []
    start_s, end_s = 0.0, math.inf
    if range_s and not since and not until:
        if range_s in dict(RANGES):
            start_s = now_s - float(range_s)
        else:
            errors.append("the time range is not one of those on offer")
            range_s = ""
    for text in filter(None, (since, until)):
        if _moment_s(text) is None:
            errors.append(f"{text[:40]!r} is not a time such as 2026-01-31T14:05")
    start_s = (_moment_s(since) if since else None) or start_s
    end_s = (_moment_s(until) if until else None) or end_s
    matches: Callable[[Trace], bool] = lambda trace: True  # noqa: E731
    if len(expression) > _MOST_EXPRESSION:
        errors.append(f"a filter has {_MOST_EXPRESSION} characters at most")
    elif expression:
        try:
            matches = parse_filter(expression)
        except FilterError as error:
            errors.append(str(error))
    order = query.get("order", "latest")
    return Selection(
        expression=expression[:_MOST_EXPRESSION],
        range_s=range_s,
        since=since[:40],
        until=until[:40],
        order=order if order in dict(ORDERS) else "latest",
        page=_page(query.get("page", "")),
        now_s=now_s,
        start_s=start_s,
        end_s=end_s,
        matches=matches,
        error="; ".join(errors),
    )


def _page(text: str) -> int:
    is_number = text.isascii() and text.isdecimal() and len(text) < 6
    return min(int(text), MOST_PAGES) if is_number else 0


def _moment_s(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True)
class Found:
    """The traces of one page of a selection.

    `has_more`: there is a next page. `searched` of `stored` traces were looked at; when the search
    was `cut_short`, older ones were not.
    """

    traces: Sequence[Trace]
    has_more: bool
    searched: int
    stored: int
    cut_short: bool


def find_traces(
    store: TraceStore,
    selection: Selection,
    budget_s: float = BUDGET_S,
    cpu_s: Callable[[], float] = time.thread_time,
) -> Found:
    """One page of what is selected."""
    if selection.error:
        return Found((), False, 0, len(store), False)
    by_length = selection.order == "slowest"
    first = selection.page * PAGE
    wanted = _MOST_SORTED if by_length else first + PAGE + 1
    matching, searched, cut_short = _search(store, selection, wanted, cpu_s, cpu_s() + budget_s)
    if by_length:
        matching.sort(key=lambda trace: -trace.response_time_s)
    page = matching[first : first + PAGE]
    return Found(page, len(matching) > first + PAGE, searched, len(store), cut_short)


def matching_traces(
    store: TraceStore,
    selection: Selection,
    most: int = 1_000,
    budget_s: float = BUDGET_S,
    cpu_s: Callable[[], float] = time.thread_time,
) -> Found:
    """All that is selected, the newest first, as far as the search goes."""
    if selection.error:
        return Found((), False, 0, len(store), False)
    found, searched, cut_short = _search(store, selection, most, cpu_s, cpu_s() + budget_s)
    return Found(found, False, searched, len(store), cut_short or len(found) >= most)


def _search(
    store: TraceStore,
    selection: Selection,
    wanted: int,
    cpu_s: Callable[[], float],
    deadline_s: float,
) -> tuple[list[Trace], int, bool]:
    found: list[Trace] = []
    searched = 0
    for trace in store.traces(selection.start_s, selection.end_s):
        searched += 1
        if selection.matches(trace):
            found.append(trace)
        if len(found) >= wanted:
            return found, searched, False
        if searched % 64 == 0 and cpu_s() > deadline_s:
            return found, searched, True
    return found, searched, False
