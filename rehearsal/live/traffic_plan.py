"""What background traffic asks for and when, as values: a rate with paths, or an access log."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from commons.input_file import InputFileError, is_file, read_at_most
from rehearsal.errors import UserError
from rehearsal.live.access_log import AccessLog, read_access_log

_MOST_PATHS = 1000
_MOST_PATH_BYTES = 1_000_000
_MOST_LOG_BYTES = 64 * 1024 * 1024
_LEAST_RATE, _MOST_RATE = 0.1, 2000.0
_RATE_THAT_SHOWS_WEIGHTS = 5.0
_LEAST_SPEED, _MOST_SPEED = 0.01, 1000.0
_FORM = "write RATE/s[@PATH or @FILE of paths], LOG[@SPEEDx], or none"
DEFAULT_RATE = 100.0
"""At 20 times the wall's speed and a weight of 5 %, five requests reach the canary in a window of
30 s: a check that finds none is then one in two hundred."""


@dataclass(frozen=True)
class PlannedRequest:
    """A request to send, so many real seconds after the one before it."""

    wait_s: float
    path: str
    method: str = "GET"


class TrafficSource(Protocol):
    """Where background requests come from."""

    def requests(self) -> Iterator[PlannedRequest]:
        """Without end."""
        ...

    @property
    def note(self) -> str:
        """What a person should know of it; empty when the flag says it all."""
        ...

    @property
    def rate(self) -> float:
        """Requests a second, on average."""
        ...


@dataclass(frozen=True)
class TrafficPlan:
    """`rate` requests a second to these paths, in proportion to their weights."""

    rate: float = DEFAULT_RATE
    paths: tuple[tuple[str, int], ...] = (("/", 1),)

    @property
    def note(self) -> str:
        return ""

    def requests(self) -> Iterator[PlannedRequest]:
        """At equal distances; paths are interleaved, each as often as its weight says."""
        most = max(weight for _, weight in self.paths)
        while True:
            for turn in range(most):
                for path, weight in self.paths:
                    if turn < weight:
                        yield PlannedRequest(1 / self.rate, path)


@dataclass(frozen=True)
class ReplayPlan:
    """An access log's requests at their own distances, `speed` times as fast, over and over."""

    log: AccessLog
    source: str
    speed: float = 1.0

    @property
    def note(self) -> str:
        log = self.log
        took_s = log.duration_s / self.speed
        text = f"traffic replays {len(log.requests)} requests of {self.source}, {took_s:.3g} s long"
        left_out = {"with a body": log.with_bodies, "in no known format": log.unreadable}
        said = ", ".join(f"{count} {why}" for why, count in left_out.items() if count)
        return f"{text}; left out: {said}" if said else text

    @property
    def rate(self) -> float:
        return self.speed / self._mean_s

    @property
    def _mean_s(self) -> float:
        """The mean distance in the log; a second where it is an instant."""
        return self.log.duration_s / max(1, len(self.log.requests) - 1) or 1.0

    def requests(self) -> Iterator[PlannedRequest]:
        """After the last the first follows, at the mean distance."""
        logged, wait_s = self.log.requests, 0.0
        while True:
            before_s = 0.0
            for one in logged:
                yield PlannedRequest(
                    wait_s + (one.after_s - before_s) / self.speed, one.path, one.method
                )
                before_s, wait_s = one.after_s, 0.0
            wait_s = self._mean_s / self.speed


def shows_weights(source: TrafficSource | None) -> bool:
    """Whether there are requests enough for the weights to be seen in them at every step."""
    return source is not None and source.rate >= _RATE_THAT_SHOWS_WEIGHTS


def parse_traffic(text: str) -> TrafficSource | None:
    """Read `RATE/s[@PATH]`, `RATE/s@FILE` with a path and a weight on each line, an access log
    `LOG[@SPEEDx]`, or `none`; UserError says what is wrong."""
    if text == "none":
        return None
    before, _, after = text.partition("@")
    rate = _number(before.strip().removesuffix("/s"))
    if rate is None:
        return _replay(text)
    if not _LEAST_RATE <= rate <= _MOST_RATE:
        raise UserError(f"--traffic {text!r}: a rate is from 0.1 to 2000; {_FORM}")
    if not after or (after.startswith("/") and not is_file(Path(after))):
        return TrafficPlan(rate, ((after or "/", 1),))
    return TrafficPlan(rate, _read_paths(Path(after), text))


def _replay(text: str) -> ReplayPlan:
    given = text.removeprefix("@")  # as in curl's `-d @FILE`, and in RATE@FILE
    name, speed = given, 1.0
    if not is_file(Path(given)):
        head, at, tail = given.rpartition("@")
        if at:
            name, speed = head, _number(tail.strip().removesuffix("x")) or 0.0
    if not _LEAST_SPEED <= speed <= _MOST_SPEED:
        raise UserError(f"--traffic {text!r}: a speed is from 0.01x to 1000x; {_FORM}")
    if not name or not is_file(Path(name)):
        raise UserError(f"--traffic {text!r}: neither a rate nor a file; {_FORM}")
    lines = _read_lines(Path(name), _MOST_LOG_BYTES, text)
    plan = ReplayPlan(read_access_log(lines), name, speed)
    _check_replay(plan, lines, text)
    return plan


def _check_replay(plan: ReplayPlan, lines: list[str], option: str) -> None:
    logged = plan.log.requests
    if not logged:
        why = (
            f"all {plan.log.with_bodies} requests have bodies, which a log does not keep"
            if plan.log.with_bodies
            else f"none of its {len(lines)} lines is a request in the common, combined, Envoy or a"
            " JSON format"
        )
        raise UserError(f"--traffic {option!r}: {plan.source}: {why}")
    busiest = _most_in_a_second([one.after_s / plan.speed for one in logged])
    if busiest > _MOST_RATE:
        raise UserError(
            f"--traffic {option!r}: up to {busiest} requests in a second, and {_MOST_RATE:.0f} are"
            f" the most; replay it more slowly ({plan.source}@SPEEDx)"
        )


def _most_in_a_second(times_s: list[float]) -> int:
    """The largest number of ascending instants within one second."""
    most, first = 0, 0
    for last, time_s in enumerate(times_s):
        while time_s - times_s[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _read_lines(file: Path, most_bytes: int, option: str) -> list[str]:
    try:
        data = read_at_most(file, most_bytes)
    except InputFileError as error:
        raise UserError(f"--traffic {option!r}: {file}: {error}") from None
    return data.decode(errors="replace").split("\n")


def _read_paths(file: Path, option: str) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = {}
    for number, line in enumerate(_read_lines(file, _MOST_PATH_BYTES, option), 1):
        path, _, weight = line.partition("#")[0].strip().partition(" ")
        if not path:
            continue
        count = weight.strip() or "1"
        if not path.startswith("/") or not _is_weight(count):
            raise UserError(f"{file}:{number}: write /PATH WEIGHT, a weight from 1 to 10000")
        found[path] = found.get(path, 0) + int(count)
        if len(found) > _MOST_PATHS:
            raise UserError(f"{file}:{number}: more than {_MOST_PATHS} paths")
    if not found:
        raise UserError(f"{file}: contains no path")
    return tuple(found.items())


def _is_weight(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 5 and 0 < int(text) <= 10_000
