import base64

import pytest

from loadtester.webhooks.access.auth import (
    SIGNATURE_S,
    Keys,
    Signatures,
    is_from_another_site,
    sign,
)

TOKEN = Keys(token="t0ken")
NOW = 1_784_628_415.0


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.mark.parametrize(
    "headers", [{"authorization": "Bearer t0ken"}, {"authorization": "bearer t0ken"}]
)
def test_a_bearer_token(headers: dict[str, str]) -> None:
    assert TOKEN.knows_token(headers)


def test_a_token_in_the_url_comes_as_a_password() -> None:
    assert TOKEN.knows_token(basic("flagger", "t0ken"))
    assert not TOKEN.knows_token(basic("t0ken", "x"))


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer t0kenx", "t0ken", "Digest t0ken", "Basic !!!", "Basic \xff"],
)
def test_anything_else_is_refused(authorization: str) -> None:
    assert not TOKEN.knows_token({"authorization": authorization})
    assert not Keys().knows_token({"authorization": authorization})


def keys(now: float = NOW) -> Keys:
    return Keys(hmac_secret="s3cret", signatures=Signatures(lambda: now))


def signed(
    secret: str = "s3cret",
    method: str = "POST",
    path: str = "/gate/open",
    at: str = str(NOW),
    body: bytes = b"body",
) -> dict[str, str]:
    return {
        "x-signature-256": sign(secret, method, path, at, body),
        "x-signature-time": at,
    }


def test_a_signature_is_of_the_very_request() -> None:
    assert keys().has_signed(signed(), "POST", "/gate/open", b"body")


@pytest.mark.parametrize(
    ("headers", "method", "path", "body"),
    [
        (signed(), "PUT", "/gate/open", b"body"),
        (signed(path="/gate/check"), "POST", "/gate/open", b"body"),
        (signed(), "POST", "/rollback/open", b"body"),
        (signed(), "POST", "/gate/open?x", b"body"),
        (signed(), "POST", "/gate/open", b"other"),
        (signed(body=b""), "GET", "/api/runs", b""),
        (signed(secret="wrong"), "POST", "/gate/open", b"body"),
        (signed() | {"x-signature-time": "1784628415.5"}, "POST", "/gate/open", b"body"),
        ({"x-signature-256": signed()["x-signature-256"]}, "POST", "/gate/open", b"body"),
        ({}, "POST", "/gate/open", b"body"),
        (signed() | {"x-signature-256": "sha256=\xff"}, "POST", "/gate/open", b"body"),
    ],
)
def test_it_is_of_no_other(headers: dict[str, str], method: str, path: str, body: bytes) -> None:
    assert not keys().has_signed(headers, method, path, body)


@pytest.mark.parametrize("at", ["", "now", "nan", "1e10", "-1", "9" * 400, f"{NOW} ", "0x10"])
def test_a_time_that_is_none(at: str) -> None:
    assert not keys().has_signed(signed(at=at), "POST", "/gate/open", b"body")


@pytest.mark.parametrize("late_s", [SIGNATURE_S + 1, -SIGNATURE_S - 1, 86400, -86400])
def test_a_signature_is_of_now(late_s: float) -> None:
    assert not keys(NOW + late_s).has_signed(signed(), "POST", "/gate/open", b"body")
    assert keys(NOW + SIGNATURE_S - 1).has_signed(signed(), "POST", "/gate/open", b"body")


def test_a_signature_is_good_once() -> None:
    now = NOW
    held = Keys(hmac_secret="s3cret", signatures=Signatures(lambda: now))
    assert held.has_signed(signed(), "POST", "/gate/open", b"body")
    assert not held.has_signed(signed(), "POST", "/gate/open", b"body")
    again = signed(at="1784628415.25")
    assert held.has_signed(again, "POST", "/gate/open", b"body")
    for _ in range(5):
        now += 30
        assert not held.has_signed(signed(), "POST", "/gate/open", b"body")
        assert not held.has_signed(again, "POST", "/gate/open", b"body")
    later = signed(at=str(now))
    assert held.has_signed(later, "POST", "/gate/open", b"body")
    assert len(held.signatures._used) == 1, "what cannot be replayed any more is forgotten"


def test_a_wrong_signature_uses_nothing_up() -> None:
    held = keys()
    for _ in range(3):
        assert not held.has_signed(signed(secret="wrong"), "POST", "/gate/open", b"body")
    assert held.signatures._used == {}


HERE = {"host": "127.0.0.1:9090"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://127.0.0.1:9090"},
        {"sec-fetch-site": "same-origin", "origin": "http://127.0.0.1:9090"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
    ],
)
def test_our_own_page_programs_and_links(headers: dict[str, str]) -> None:
    assert not is_from_another_site({**HERE, **headers})


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.com"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8000"},
        {"origin": "http://[::1"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "origin": "null"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"},
    ],
)
def test_pages_of_others(headers: dict[str, str]) -> None:
    assert is_from_another_site({**HERE, **headers})
