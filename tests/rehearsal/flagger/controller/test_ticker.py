"""The rhythm of a Go ticker."""

import pytest

from rehearsal.flagger.controller.ticker import Ticker


def ran(ticker: Ticker, *times_s: float) -> list[float]:
    return [time_s for time_s in times_s if ticker.due(time_s)]


def test_at_once_and_then_every_interval() -> None:
    assert ran(Ticker(60, 100), 100, 100, 159.9, 160, 161, 219, 220) == [100, 160, 220]


def test_a_tick_that_takes_too_long_is_followed_by_one_at_once_and_the_rest_is_dropped() -> None:
    ticker = Ticker(60, 0)
    assert ticker.due(0)
    assert ticker.due(200)
    assert not ticker.due(200)
    assert ticker.wait_s(200) == 40
    assert ticker.due(240)


def test_wait() -> None:
    ticker = Ticker(60, 5)
    assert ticker.wait_s(0) == 5
    assert ticker.wait_s(5) == 0
    ticker.due(5)
    assert ticker.wait_s(15) == 50


def test_an_interval_must_be_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        Ticker(0, 0)
