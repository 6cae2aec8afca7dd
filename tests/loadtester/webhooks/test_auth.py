import base64
import hmac

import pytest

from loadtester.webhooks.auth import Keys, from_another_site

TOKEN = Keys(token="t0ken")
SIGNED = Keys(hmac_secret="s3cret")


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def signature(secret: str, body: bytes) -> dict[str, str]:
    return {"x-signature-256": "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest()}


def test_without_keys_everybody_may_pass() -> None:
    assert Keys().admit({}, b"")


@pytest.mark.parametrize(
    "headers", [{"authorization": "Bearer t0ken"}, {"authorization": "bearer t0ken"}]
)
def test_a_bearer_token(headers: dict[str, str]) -> None:
    assert TOKEN.admit(headers, b"")


def test_a_token_in_the_url_comes_as_a_password() -> None:
    assert TOKEN.admit(basic("flagger", "t0ken"), b"")
    assert not TOKEN.admit(basic("t0ken", "x"), b"")


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer t0kenx", "t0ken", "Digest t0ken", "Basic !!!", "Basic \xff"],
)
def test_anything_else_is_refused(authorization: str) -> None:
    assert not TOKEN.admit({"authorization": authorization}, b"")


def test_a_signature_is_of_the_very_body() -> None:
    assert SIGNED.admit(signature("s3cret", b"body"), b"body")
    assert not SIGNED.admit(signature("s3cret", b"body"), b"other")
    assert not SIGNED.admit(signature("wrong", b"body"), b"body")
    assert not SIGNED.admit({}, b"body")
    assert not SIGNED.admit({"authorization": "Bearer "}, b"")


def test_one_of_both_is_enough() -> None:
    both = Keys("t0ken", "s3cret")
    assert both.admit({"authorization": "Bearer t0ken"}, b"x")
    assert both.admit(signature("s3cret", b"x"), b"x")


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
    assert not from_another_site({**HERE, **headers})


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.com"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8000"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "origin": "null"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"},
    ],
)
def test_pages_of_others(headers: dict[str, str]) -> None:
    assert from_another_site({**HERE, **headers})
