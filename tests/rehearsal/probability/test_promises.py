"""Promises in their notation."""

from __future__ import annotations

import pytest

from rehearsal.probability.promises import Kind, Promise, check_promises, parse_promise


@pytest.mark.parametrize(
    ("kind", "text", "share", "chance"),
    [
        ("catch", "errors>=2%:95%", 0.02, 0.95),
        ("spare", "errors<=0.1%:1%", 0.001, 0.01),
        ("catch", " errors >= 12.5 % : 99.9 % ", 0.125, 0.999),
    ],
)
def test_reading(kind: Kind, text: str, share: float, chance: float) -> None:
    promise = parse_promise(kind, text)
    assert promise.error_share == pytest.approx(share)
    assert promise.chance == pytest.approx(chance)
    assert parse_promise(kind, str(promise)) == promise


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("catch", "errors<=2%:95%"),
        ("spare", "errors>=2%:95%"),
        ("catch", "errors>=2:95%"),
        ("catch", "latency>=2%:95%"),
        ("catch", "errors>=0%:95%"),
        ("catch", "errors>=2%:100%"),
        ("catch", "errors>=1.2.3%:95%"),
        ("catch", ""),
        ("catch", "errors>=2%:95%" * 5000),
    ],
)
def test_what_is_no_promise(kind: Kind, text: str) -> None:
    with pytest.raises(ValueError, match=r"form|between") as raised:
        parse_promise(kind, text)
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize(
    ("catch", "spare"),
    [((0.01, 0.9), (0.01, 0.1)), ((0.001, 0.9), (0.01, 0.1)), ((0.1, 0.1), (0.01, 0.2))],
)
def test_promises_that_exclude_each_other(
    catch: tuple[float, float], spare: tuple[float, float]
) -> None:
    with pytest.raises(ValueError, match=r"caught|apart"):
        check_promises(Promise("catch", *catch), Promise("spare", *spare))


def test_keeping() -> None:
    assert Promise("catch", 0.02, 0.95).is_kept(0.96)
    assert not Promise("catch", 0.02, 0.95).is_kept(0.94)
    assert Promise("spare", 0.001, 0.01).is_kept(0.005)
    assert Promise("spare", 0.001, 0.01).gap(0.03) == pytest.approx(0.02)
