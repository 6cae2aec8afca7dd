"""What arrives at the canary in a stretch of time, and what becomes of its series. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from commons.units import US_PER_S
from rehearsal.probability.cutting import Part
from rehearsal.probability.distributions import Chances, binomial, convolve, in_units, poisson
from rehearsal.probability.groups import NOTHING, Group
from rehearsal.probability.model import Setting
from rehearsal.probability.series import MILLI, Series, coarse
from rehearsal.probability.timeline import Burst, Span

_NEGLIGIBLE = 1e-13
_SURE = 40.0
"""Of so many expected requests at least one is certain."""


@dataclass(frozen=True)
class Stream:
    """One traffic under one build: users' requests per second at the apex, and their failures."""

    traffic_per_s: float
    error_share: float
    setting: Setting


class Piece(NamedTuple):
    """A stretch between two scrapes, ticks or cuts: expected requests, its end, and what ends it.

    `random` and `even` meet the fault, `safe` do not.
    """

    random: float
    even: float
    safe: float
    end_us: int
    scraped: bool


class BadOutcome(NamedTuple):
    """What can become of the failures: their series, and the chances of 0, 1, ... counted ones."""

    series: Series
    chances: Chances


class GoodOutcome(NamedTuple):
    """What can become of the successes: their series, what was counted, and how likely that is."""

    series: Series
    group: Group
    chance: float


def pieces_of(
    part: Part, bursts: Sequence[Burst], stream: Stream, share: float, copied: float
) -> tuple[Piece, ...]:
    """A part of an interval, in which the canary answers a share of the apex and gets copies."""
    low, high = part.span
    moments = sorted({low, high, *part.scrapes})
    return tuple(
        _piece(span, bursts, stream, share + copied, span[1] in part.scrapes)
        for span in pairwise(moments)
    )


def _piece(
    span: Span, bursts: Sequence[Burst], stream: Stream, share: float, scraped: bool
) -> Piece:
    setting = stream.setting
    length_s = (span[1] - span[0]) / US_PER_S
    apex, even, safe = stream.traffic_per_s * length_s, 0.0, setting.probes_per_s * length_s
    for burst in bursts:
        requests = burst.requests(*span)
        fails = burst.load.meets_faults or setting.hooks_meet_faults
        if burst.load.reaches == "canary":
            even, safe = (even + requests, safe) if fails else (even, safe + requests)
        elif fails:
            apex += requests
        else:
            safe += requests * share
    if setting.arrivals == "even":
        return Piece(0.0, even + apex * share, safe, span[1], scraped)
    return Piece(apex * share, even, safe, span[1], scraped)


class Arrivals:
    """The outcomes of stretches under one stream, of failures and successes independently.

    Failures are counted in units of `unit`. Counts from `most_bad` units on are all alike, and so
    are the values that series begin with from `most_bad_value` (units) and `most_good_value` (in
    thousandths) on.
    """

    def __init__(
        self,
        stream: Stream,
        most_bad: int,
        most_bad_value: int,
        most_good_value: int,
        unit: int = 1,
    ) -> None:
        self._error_share = stream.error_share
        self._most_bad = most_bad
        self._most_bad_value = most_bad_value
        self._most_good_value = most_good_value
        self._unit = unit
        self._bad: dict[tuple[tuple[Piece, ...], Series], list[BadOutcome]] = {}
        self._good: dict[tuple[tuple[Piece, ...], Series], list[GoodOutcome]] = {}

    def bad(self, pieces: tuple[Piece, ...], series: Series) -> list[BadOutcome]:
        """What becomes of the failures."""
        if series.exists:
            key = pieces, Series(1)
            if key not in self._bad:
                self._bad[key] = [BadOutcome(series, self._failures(_total(pieces)))]
            return [BadOutcome(series, self._bad[key][0].chances)]
        key = pieces, series
        if key not in self._bad:
            self._bad[key] = list(self._first_failures(pieces, series.first))
        return self._bad[key]

    def good(self, pieces: tuple[Piece, ...], series: Series) -> list[GoodOutcome]:
        """What becomes of the successes."""
        key = pieces, series
        if key not in self._good:
            outcomes = (
                self._counted(pieces, series, 1.0)
                if series.exists
                else self._first_successes(pieces, series.first)
            )
            self._good[key] = [outcome for outcome in outcomes if outcome.chance > _NEGLIGIBLE]
        return self._good[key]

    def _failures(self, piece: Piece) -> Chances:
        share = self._error_share
        if share == 0:
            return [1.0]
        most = self._most_bad * self._unit
        chances = in_units(poisson(piece.random * share, most), self._unit)
        if piece.even:
            whole, rest = _split(piece.even)
            others = in_units(binomial(whole, share, most), self._unit)
            chances = convolve(chances, others, self._most_bad)
            if rest and self._unit == 1:
                chances = convolve(chances, [1 - rest * share, rest * share], self._most_bad)
        return chances

    def _first_failures(self, pieces: Sequence[Piece], waiting: int) -> Iterator[BadOutcome]:
        """Before the series is born: when that is, and with how many at once."""
        none = 1.0
        for index, piece in enumerate(pieces):
            rest = self._failures(_total(pieces[index + 1 :])) if piece.scraped else [1.0]
            born_us = piece.end_us if piece.scraped else None
            for count, chance in enumerate(self._failures(piece)):
                first = min(self._most_bad_value, waiting + count)
                if first and none * chance > _NEGLIGIBLE:
                    chances = [none * chance * likely for likely in rest]
                    yield BadOutcome(Series(0, first, born_us), chances)
            none *= 0.0 if waiting else self._failures(piece)[0]
            waiting = 0
            if none < _NEGLIGIBLE:
                return
        yield BadOutcome(Series(), [none])

    def _first_successes(self, pieces: Sequence[Piece], waiting: int) -> Iterator[GoodOutcome]:
        """As for failures; but how many there are at once is taken at its mean."""
        left = 1.0
        for index, piece in enumerate(pieces):
            none = 0.0 if waiting else self._none(piece)
            mean = self._successes(piece) / max(1 - none, 1e-9)
            first = max(1, min(self._most_good_value, coarse(waiting + round(mean * MILLI))))
            if not piece.scraped:
                yield GoodOutcome(Series(0, first), NOTHING, left * (1 - none))
            else:
                born = Series(0, first, piece.end_us)
                yield from self._counted(pieces[index + 1 :], born, left * (1 - none))
            left, waiting = left * none, 0
        yield GoodOutcome(Series(), NOTHING, left)

    def _counted(
        self, pieces: Sequence[Piece], series: Series, chance: float
    ) -> Iterator[GoodOutcome]:
        """What a born series counts."""
        total = _total(pieces)
        none = self._none(total)
        mean = total.random * (1 - self._error_share)
        group = Group(0, True, *(round(part * MILLI) for part in (mean, total.even, total.safe)))
        yield GoodOutcome(series, group, chance * (1 - none))
        yield GoodOutcome(series, NOTHING, chance * none)

    def _successes(self, piece: Piece) -> float:
        return (piece.random + piece.even) * (1 - self._error_share) + piece.safe

    def _none(self, piece: Piece) -> float:
        """The chance of not one success."""
        succeeding = 1 - self._error_share
        fixed = piece.even * succeeding + piece.safe
        mean = piece.random * succeeding
        return (1 - fixed) * math.exp(-mean) if fixed < 1 and mean < _SURE else 0.0


def _split(count: float) -> tuple[int, float]:
    """A number of requests as a whole one and the chance of one more."""
    whole = int(count + 1e-9)
    rest = count - whole
    return whole, rest if rest > 1e-9 else 0.0


def _total(pieces: Sequence[Piece]) -> Piece:
    return Piece(
        math.fsum(piece.random for piece in pieces),
        math.fsum(piece.even for piece in pieces),
        math.fsum(piece.safe for piece in pieces),
        0,
        False,
    )
