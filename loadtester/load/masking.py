"""Secrets out of what a result tells: it is saved, sent around and shown on pages.

Known by their names only: headers such as `Authorization` or `X-Session`, parameters such as
`?token=` or `?sig=`, and the user and password of a URL. A body is never told at all.
"""

import re

MASK = "***"
_SECRET_PARTS = frozenset(
    {"auth", "code", "jwt", "key", "apikey", "otp", "pass", "pin", "pwd", "sas", "sid", "sig"}
)
_SECRET_WORDS = re.compile(
    "authentic|authoriz|oauth|bearer|cookie|credential|nonce|passphrase|passw|secret|session"
    "|signature|token"
)
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def is_secret_name(name: str) -> bool:
    """Whether a header or parameter of this name smells of a secret."""
    words = _CAPITAL.sub("-", name[:200]).lower()
    parts = _SEPARATORS.split(words)
    return bool(_SECRET_WORDS.search(words)) or not _SECRET_PARTS.isdisjoint(parts)


def mask_header(name: str, value: str) -> str:
    """The value of a header, or the mask."""
    return MASK if is_secret_name(name) else value


def mask_url(url: str) -> str:
    """A URL without its user, its password and the values of secret parameters."""
    before, mark, after = url.partition("?")
    query, hash_mark, fragment = after.partition("#")
    pairs = "&".join(_mask_pair(pair) for pair in query.split("&"))
    return f"{_mask_userinfo(before)}{mark}{pairs}{hash_mark}{fragment}"


def _mask_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    return f"{name}={MASK}" if equals and value and is_secret_name(name) else pair


def _mask_userinfo(url: str) -> str:
    scheme, slashes, rest = url.partition("://")
    if not slashes:
        scheme, rest = "", url
    netloc, slash, path = rest.partition("/")
    userinfo, at, where = netloc.rpartition("@")
    if not at or not userinfo:
        return url
    return f"{scheme}{slashes}{MASK}@{where}{slash}{path}"
