import pytest

from rehearsal.output.web.access import Access, new_token

ACCESS = Access("127.0.0.1", 8000, "secret")
HOST = {"host": "127.0.0.1:8000"}
COOKIE = {**HOST, "cookie": "other=1; rehearsal-8000=secret"}
OURS = {**COOKIE, "origin": "http://127.0.0.1:8000"}


def test_the_address_lets_in_and_gives_a_cookie() -> None:
    assert ACCESS.address == "http://127.0.0.1:8000/?token=secret"
    assert ACCESS.refuse("GET", HOST, "secret") is None
    assert ACCESS.cookie() == "rehearsal-8000=secret; Path=/; HttpOnly; SameSite=Strict"
    assert ACCESS.refuse("GET", COOKIE) is None


def test_a_token_is_not_guessed() -> None:
    assert len({new_token() for _ in range(100)}) == 100
    assert all(len(new_token()) >= 32 for _ in range(10))


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        (HOST, ""),
        (HOST, "wrong"),
        (HOST, "sécret"),
        ({**HOST, "cookie": "rehearsal-8001=secret"}, ""),
        ({**HOST, "cookie": "rehearsal-8000=wrong"}, ""),
        ({**HOST, "cookie": "=;;\x00" * 2000}, ""),
        ({**HOST, "authorization": "Bearer wrong"}, ""),
        ({**HOST, "authorization": "Basic secret"}, ""),
    ],
)
def test_without_the_token_nothing_is_shown(headers: dict[str, str], token: str) -> None:
    refused = ACCESS.refuse("GET", headers, token)
    assert refused is not None
    assert "token" in refused


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1:8000", True),
        ("127.0.0.2:8000", True),
        ("localhost:8000", True),
        ("[::1]:8000", True),
        ("127.0.0.1", False),
        ("127.0.0.1:8001", False),
        ("evil.example:8000", False),
        ("127.0.0.1.evil.example:8000", False),
        ("192.0.2.1:8000", False),
        ("user@127.0.0.1:8000", False),
        ("127.0.0.1:8000/x", False),
        ("127.0.0.1:99999", False),
        ("[::1", False),
        ("", False),
    ],
)
def test_a_name_that_is_led_here_is_refused(host: str, allowed: bool) -> None:
    assert (ACCESS.refuse("GET", {"host": host}, "secret") is None) == allowed


def test_whoever_listens_for_others_is_reached_by_address_alone() -> None:
    access = Access("0.0.0.0", 8000, "secret")
    assert access.address == "http://127.0.0.1:8000/?token=secret"
    assert access.refuse("GET", {"host": "192.0.2.1:8000"}, "secret") is None
    assert access.refuse("GET", {"host": "evil.example:8000"}, "secret") is not None
    assert Access("::1", 8000, "t").address == "http://[::1]:8000/?token=t"


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        (OURS, True),
        ({**OURS, "sec-fetch-site": "same-origin"}, True),
        ({**OURS, "sec-fetch-site": "same-site"}, False),
        ({**OURS, "sec-fetch-site": "cross-site"}, False),
        ({**OURS, "sec-fetch-site": "none"}, False),
        ({**OURS, "origin": "http://127.0.0.1:9000"}, False),
        ({**OURS, "origin": "https://127.0.0.1:8000"}, False),
        ({**OURS, "origin": "null"}, False),
        (COOKIE, False),
        ({**HOST, "authorization": "Bearer secret"}, True),
    ],
)
def test_only_the_page_itself_changes_anything(headers: dict[str, str], allowed: bool) -> None:
    assert (ACCESS.refuse("POST", headers) is None) == allowed
    assert ACCESS.refuse("DELETE", COOKIE) is not None
