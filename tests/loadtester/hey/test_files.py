import resource

import pytest

from loadtester.hey.files import SPARE, make_room

Limits = list[tuple[int, int]]


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Limits:
    """The limits that are in force, the last of the list; 100 of at most 1000 at first."""
    history = [(100, 1000)]
    monkeypatch.setattr(resource, "getrlimit", lambda kind: history[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda kind, limits: history.append(limits))
    return history


def test_few_connections_change_nothing(limits: Limits) -> None:
    assert make_room(100 - SPARE) == ""
    assert limits == [(100, 1000)]


def test_the_limit_is_raised_as_far_as_it_takes(limits: Limits) -> None:
    assert make_room(500) == ""
    assert limits[-1] == (500 + SPARE, 1000)


def test_a_limit_that_stays_too_low_is_told(limits: Limits) -> None:
    assert make_room(5000).startswith("5000 connections need 5064 open files and 1000 are allowed")
    assert limits[-1] == (1000, 1000)


def test_no_limit_needs_no_raising(limits: Limits) -> None:
    limits.append((resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert make_room(10**6) == ""
    limits.append((100, resource.RLIM_INFINITY))
    assert make_room(10**6) == ""
    assert limits[-1][0] == 10**6 + SPARE
