import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtester.load.masking import MASK, is_secret_name, mask_header, mask_url


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "proxy-authorization", "Cookie", "Set-Cookie", "X-API-Key", "x-apikey"),
        *("X-Auth-Token", "X-Session", "X-Session-Id", "X-Amz-Signature", "X-CSRF-Token", "auth"),
        *(
            "token",
            "access_token",
            "accessToken",
            "key",
            "sig",
            "password",
            "passwd",
            "pwd",
            "pass",
        ),
        *("client_secret", "X-Vault-Credential", "jwt", "X-Goog-Signature", "sid", "code"),
    ],
)
def test_names_that_smell_of_a_secret(name: str) -> None:
    assert is_secret_name(name)
    assert mask_header(name, "value") == MASK


@pytest.mark.parametrize(
    "name",
    [
        *("Accept", "Content-Type", "X-Request-Id", "User-Agent", "Host", "Content-Encoding"),
        *("q", "page", "author", "monkey", "X-Canary", "assignee", "keyword", "passenger"),
    ],
)
def test_names_that_do_not(name: str) -> None:
    assert not is_secret_name(name)
    assert mask_header(name, "value") == "value"


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("http://detail/x?a=1#f", "http://detail/x?a=1#f"),
        ("http://u:p@detail/x", "http://***@detail/x"),
        ("http://u:p@ss@detail:80/", "http://***@detail:80/"),
        ("http://detail/?token=t&a=1&sig=s", "http://detail/?token=***&a=1&sig=***"),
        ("http://detail/?token=&key", "http://detail/?token=&key"),
        ("http://detail/a@b", "http://detail/a@b"),
        ("u:p@proxy:3128", "***@proxy:3128"),
        ("", ""),
    ],
)
def test_urls_keep_what_is_no_secret(url: str, masked: str) -> None:
    assert mask_url(url) == masked
    assert mask_url(masked) == masked


@given(st.text(), st.text(alphabet="abc:@?&=%", min_size=1))
def test_any_text_is_masked_once(before: str, after: str) -> None:
    masked = mask_url(f"{before}://{after}")
    assert mask_url(masked) == masked
