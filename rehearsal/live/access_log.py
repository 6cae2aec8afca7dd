"""Access logs as a schedule of requests: when each came, and what it asked for. Pure.

Understood are the common and the combined format (Apache, nginx, Traefik), Envoy's default format,
and lines of JSON as nginx, Caddy, Envoy, Traefik and Istio are set up to write them. What is looked
for is the same in all: an instant, in brackets or under a known key, and a request line, in quotes
or as method and path. Matching is linear in the length of a line.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import groupby
from typing import Any

MOST_REQUESTS = 500_000
_MOST_LINE_CHARS = 65_536
_MOST_MS_OF_SECONDS = 1e11
_MONTHS = {
    name: number
    for number, name in enumerate(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1
    )
}
_TIMES = (
    "time",
    "timestamp",
    "@timestamp",
    "ts",
    "start_time",
    "StartUTC",
    "time_iso8601",
    "time_local",
    "msec",
    "date",
)
_PATHS = ("path", "uri", "request_uri", "RequestPath", "url", ":path", "request_path")
_METHODS = ("method", "request_method", "RequestMethod", "verb", ":method")
_NESTED = ("request", "req", "http", "httpRequest")
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class LoggedRequest:
    """A request of the log: seconds since its first one, method, and path with query."""

    after_s: float
    method: str
    path: str


@dataclass(frozen=True)
class AccessLog:
    """The requests that can be sent again, in order, and how many lines held none.

    `with_bodies` are those whose method has a body, which no access log keeps.
    """

    requests: tuple[LoggedRequest, ...]
    unreadable: int = 0
    with_bodies: int = 0

    @property
    def duration_s(self) -> float:
        """From the first request to the last."""
        return self.requests[-1].after_s if self.requests else 0.0


def read_access_log(lines: Iterable[str]) -> AccessLog:
    """Read a log; lines that are no requests are counted, blank ones are not."""
    found: list[tuple[float, str, str]] = []
    unreadable = with_bodies = 0
    for line in lines:
        if not line.strip():
            continue
        request = _read_line(line.strip()) if len(line) <= _MOST_LINE_CHARS else None
        if request is None:
            unreadable += 1
        elif request[1] not in _WITHOUT_BODY:
            with_bodies += 1
        elif len(found) < MOST_REQUESTS:
            found.append(request)
    found.sort(key=lambda one: one[0])
    return AccessLog(tuple(_spread(found)), unreadable, with_bodies)


def _spread(found: list[tuple[float, str, str]]) -> Iterator[LoggedRequest]:
    """Times from the first on; logs in whole seconds have each second's spread over it."""
    if not found:
        return
    first_s = found[0][0]
    whole = all(at_s.is_integer() for at_s, _, _ in found)
    for at_s, same in groupby(found, key=lambda one: one[0]):
        together = list(same)
        for index, (_, method, path) in enumerate(together):
            more_s = index / len(together) if whole else 0.0
            yield LoggedRequest(at_s - first_s + more_s, method, path)


def _read_line(line: str) -> tuple[float, str, str] | None:
    read = _read_object if line.startswith("{") else _read_text
    try:
        return read(line)
    except (ValueError, OverflowError, RecursionError):
        return None


def _read_text(line: str) -> tuple[float, str, str] | None:
    """`... [INSTANT] "METHOD PATH PROTOCOL" ...`: common, combined, and Envoy's."""
    _, _, rest = line.partition("[")
    instant, _, rest = rest.partition("]")
    _, _, rest = rest.partition('"')
    asked, quote, _ = rest.partition('"')
    return _request(_seconds(instant), asked) if quote else None


def _read_object(line: str) -> tuple[float, str, str] | None:
    fields = json.loads(line)
    at_s = _seconds(_first(fields, _TIMES))
    places = [fields, *(fields[name] for name in _NESTED if isinstance(fields.get(name), Mapping))]
    for place in places:
        path, method = _first(place, _PATHS), _first(place, _METHODS)
        if isinstance(path, str) and path:
            return _request(at_s, f"{method or 'GET'} {path}")
    asked = _first(fields, ("request", "request_line"))
    return _request(at_s, asked) if isinstance(asked, str) else None


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((fields[name] for name in names if name in fields), None)


def _request(at_s: float, asked: str) -> tuple[float, str, str] | None:
    """A request line's method and path; None for what is none (`-`, a TLS hello, noise)."""
    method, _, rest = asked.partition(" ")
    target = rest.partition(" ")[0]
    if "://" in target[:10]:
        target = "/" + target.partition("://")[2].partition("/")[2]
    if not (method.isascii() and method.isalpha() and target.startswith("/")):
        return None
    if any(not " " < character <= "~" for character in target):
        return None
    return at_s, method.upper(), target.partition("#")[0]


def _seconds(value: Any) -> float:
    """Since the epoch, of a number of seconds or milliseconds, RFC 3339, or `10/Oct/2000:13:55:36
    -0700`. ValueError for anything else."""
    if isinstance(value, str):
        text = value.strip()
        if "/" in text[:6]:
            return _common_instant(text).timestamp()
        if "-" in text[1:]:
            instant = datetime.fromisoformat(text)
            return instant.replace(tzinfo=instant.tzinfo or UTC).timestamp()
        value = float(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("no instant")
    number = float(value)
    if not 0 <= number < 1e15:
        raise ValueError("no instant")
    return number / 1000 if number > _MOST_MS_OF_SECONDS else number


def _common_instant(text: str) -> datetime:
    """`10/Oct/2000:13:55:36 -0700`, whatever the machine's language is."""
    moment, _, zone = text.partition(" ")
    date, _, clock = moment.partition(":")
    day, month, year = date.split("/")
    hour, minute, second = clock.split(":")
    sign = -1 if zone.startswith("-") else 1
    offset = zone.lstrip("+-") or "0000"
    ahead = sign * timedelta(hours=int(offset[:2]), minutes=int(offset[2:4]))
    seconds, _, parts = second.partition(".")
    micros = int((parts + "000000")[:6])
    try:
        number = _MONTHS[month]
    except KeyError:
        raise ValueError("no month") from None
    return datetime(
        int(year), number, int(day), int(hour), int(minute), int(seconds), micros, timezone(ahead)
    )
