"""Values that share what they have in common, and what is remembered of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from rehearsal.flagger.canary.model import Canary, CanaryStatus, Phase
from rehearsal.flagger.values import RememberedByIdentity, changed
from tests.rehearsal.specs import canary


def test_a_changed_value_is_what_replace_makes() -> None:
    status = CanaryStatus(phase=Phase.PROGRESSING, failed_checks=2)
    assert changed(status, failed_checks=3) == replace(status, failed_checks=3)
    assert status.failed_checks == 2
    subject: Canary = canary()
    assert changed(subject, status=status) == replace(subject, status=status)
    assert isinstance(changed(subject), Canary)


def test_a_field_that_is_not_there() -> None:
    with pytest.raises(TypeError, match="CanaryStatus has no such field, in fase"):
        changed(CanaryStatus(), fase=Phase.FAILED)


def test_a_changed_value_is_still_frozen() -> None:
    with pytest.raises(AttributeError):
        changed(Point([1]), x=[2]).x = [3]  # type: ignore[misc]


@dataclass(frozen=True)
class Point:
    x: list[int]


def test_what_follows_from_an_object_is_found_once() -> None:
    calls: list[Point] = []

    def total(point: Point) -> int:
        calls.append(point)
        return sum(point.x)

    remembered = RememberedByIdentity(total, most=2)
    one, equal, other = Point([1, 2]), Point([1, 2]), Point([5])
    assert [remembered(one), remembered(one), remembered(equal)] == [3, 3, 3]
    assert [id(point) for point in calls] == [id(one), id(equal)]
    assert remembered(other) == 5
    assert remembered(one) == 3
    assert len(calls) == 4


def test_objects_that_are_remembered_are_kept() -> None:
    """An identity must not come to stand for another object."""
    remembered: RememberedByIdentity[Point, int] = RememberedByIdentity(lambda point: point.x[0])
    assert [remembered(Point([number])) for number in range(500)] == list(range(500))
