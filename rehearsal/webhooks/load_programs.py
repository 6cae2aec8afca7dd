"""The command lines of load generators, one entry each: which flag says how much. Pure.

`rate` is of the whole run, `worker_rate` of each worker. A generator without either sends as fast
as responses come, which depends on how long they take.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from commons.durations import parse_duration_s

_RATE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{0,9})?)(?:/(?:1?(s|m|h)))?")
_PER_S = {None: 1.0, "": 1.0, "s": 1.0, "m": 1 / 60, "h": 1 / 3600}
_STAGE = re.compile(
    r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(?:\.\.([0-9]{1,9}(?:\.[0-9]{1,9})?))?/([0-9][0-9a-zµ.]{0,20})"
)


@dataclass(frozen=True)
class Pace:
    """Requests per second, for how long, and what was assumed to know it."""

    rate_per_s: float
    duration_s: float
    assumed: str = ""


@dataclass(frozen=True)
class Program:
    """One load generator."""

    rate: tuple[str, ...] = ()
    worker_rate: tuple[str, ...] = ()
    workers: tuple[str, ...] = ("c",)
    duration: tuple[str, ...] = ()
    requests: tuple[str, ...] = ("n",)
    switches: frozenset[str] = frozenset()
    default_rate: float | None = None
    default_workers: float = 1
    default_requests: float = 1
    default_duration: str = ""
    targets: tuple[str, ...] = field(default=("http://", "https://"))

    def split(self, words: Sequence[str]) -> tuple[dict[str, list[str]], list[str]]:
        """Flags with their values, without dashes; and the arguments."""
        flags: dict[str, list[str]] = {}
        arguments: list[str] = []
        rest = list(words)
        while rest:
            word = rest.pop(0)
            if not word.startswith("-") or word in ("-", "--"):
                arguments.append(word)
                continue
            name, equals, value = word.lstrip("-").partition("=")
            if not equals and name not in self.switches and rest:
                value = rest.pop(0)
            flags.setdefault(name, []).append(value)
        return flags, arguments

    def is_target(self, word: str) -> bool:
        """Whether an argument is an address."""
        return not self.targets or word.startswith(self.targets)

    def pace(self, flags: Mapping[str, Sequence[str]], response_s: float) -> Pace:
        """How much load the flags ask for. ValueError when they cannot be understood."""
        staged = _staged(_value(flags, self.rate))
        if staged is not None:
            return staged
        workers = _number(_value(flags, self.workers), self.default_workers)
        rate, assumed = self._rate(flags, workers, response_s)
        if rate <= 0:
            raise ValueError("it has no rate")
        duration = _value(flags, self.duration) or self.default_duration
        if duration and not (_value(flags, self.requests) and self.default_duration):
            bare = duration.isdecimal()
            return Pace(rate, _number(duration, 0) if bare else _seconds(duration), assumed)
        requests = _number(_value(flags, self.requests), self.default_requests)
        return Pace(rate, requests / rate, assumed)

    def _rate(
        self, flags: Mapping[str, Sequence[str]], workers: float, response_s: float
    ) -> tuple[float, str]:
        whole, each = _value(flags, self.rate), _value(flags, self.worker_rate)
        if whole and _per_s(whole) > 0:
            return _per_s(whole), ""
        if each and _per_s(each) > 0:
            return _per_s(each) * workers, ""
        if self.default_rate is not None:
            return self.default_rate, ""
        rate = workers / response_s
        return rate, f"no rate is given; responses of {response_s * 1000:g}ms make it {rate:g}/s"


def _value(flags: Mapping[str, Sequence[str]], names: Sequence[str]) -> str:
    return next((flags[name][-1] for name in names if flags.get(name)), "")


def _number(text: str, default: float) -> float:
    if not text:
        return default
    value = float(text) if len(text) <= 20 else math.inf
    if not 0 <= value < 1e9:
        raise ValueError(f'the number "{text[:20]}" is out of range')
    return value


def _per_s(text: str) -> float:
    match = _RATE.fullmatch(text.removeprefix("constant:").removeprefix("poisson:"))
    if match is None:
        raise ValueError(f'the rate "{text[:40]}" cannot be read')
    return float(match[1]) * _PER_S[match[2]]


def _seconds(text: str) -> float:
    if len(text) > 40:
        raise ValueError("a duration is too long")
    return parse_duration_s(text)


def _staged(text: str) -> Pace | None:
    """The mean rate of `10..200/30s,200/2m`; None for anything else."""
    parts = text.removeprefix("stages:").split(",") if len(text) < 1000 else []
    stages = [match for part in parts if (match := _STAGE.fullmatch(part.strip()))]
    if not stages or len(stages) != len(parts) or _RATE.fullmatch(text):
        return None
    total, duration_s = 0.0, 0.0
    for stage in stages:
        length_s = _seconds(stage[3])
        first = float(stage[1])
        total += length_s * (first + float(stage[2] or first)) / 2
        duration_s += length_s
    return Pace(total / duration_s, duration_s, "its stages are taken at their mean rate")


PROGRAMS: Mapping[str, Program] = {
    "hey": Program(
        rate=("rate",),
        worker_rate=("q", "qps"),
        workers=("c", "concurrency"),
        duration=("z", "duration"),
        requests=("n", "requests"),
        switches=frozenset(
            ("h2", "http2", "disable-compression", "disable-keepalive", "disable-redirects")
        )
        | {"h2c", "insecure"},
        default_workers=50,
        default_requests=200,
    ),
    "fortio": Program(
        rate=("qps",),
        duration=("t",),
        switches=frozenset(("k", "a", "allow-initial-errors", "quiet", "stdclient", "h2", "grpc")),
        default_rate=8,
        default_workers=4,
        default_duration="5s",
    ),
    "ghz": Program(
        rate=("rps", "r"),
        duration=("z", "duration"),
        requests=("n", "total"),
        workers=("c", "concurrency"),
        switches=frozenset(("insecure", "skipTLS")),
        default_workers=50,
        default_requests=200,
        targets=(),
    ),
    "wrk": Program(
        rate=("R", "rate"),
        workers=("c", "connections"),
        duration=("d", "duration"),
        requests=(),
        switches=frozenset(("latency", "v", "version", "L")),
        default_workers=10,
        default_duration="10s",
    ),
    "ab": Program(
        duration=("t",), switches=frozenset(("k", "r", "q", "l", "S", "d", "i")), default_workers=1
    ),
    "vegeta": Program(rate=("rate",), duration=("duration",), default_rate=50),
    "curl": Program(workers=(), requests=(), default_rate=100),
}
PROGRAMS = {**PROGRAMS, "wrk2": PROGRAMS["wrk"]}
