"""Secrets in metadata, redacted in everything that is logged, kept or shown.

What counts as one: the value of a key, a header, a query parameter, a variable or a flag whose name
smells of a secret (`X-Auth-Token`, `?sig=`, `--api-key`), the password in `-u user:password` and in
a URL, and what looks like one by itself (`Bearer ...`, a JWT, tokens of known services). A best
effort: a secret under an innocent name is not known for one.

Every expression here takes linear time: repetitions are possessive or bounded, and each begins
where a word begins.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MASK = "***"
_SHORTEST = 3
_MOST_SECRETS = 100
_DEEPEST = 50

_PARTS = frozenset(
    {"auth", "authorization", "key", "keys", "sig", "sign", "signature", "sid", "jwt", "otp"}
    | {"pin", "hmac", "pat", "cred", "creds", "bearer", "saml", "assertion", "session", "sess"}
    | {"cookie", "cookies", "pwd", "pw", "credential", "credentials", "ticket", "csrf", "xsrf"}
    | {"oauth", "oauth2"}
)
_WITHIN = ("token", "secret", "passw", "passphrase", "apikey", "authkey", "accesskey", "sessionid")
_PLACES = frozenset({"path", "file", "dir", "folder"})
_SCHEMES = frozenset({"basic", "bearer", "token", "negotiate", "digest", "ntlm", "apikey"})
_WORDS = re.compile(r"[A-Z]?[a-z]++|[A-Z]+(?![a-z])|[0-9]++")

_NAME = r"(?<![\w.-])(?P<name>[\w.-]{1,80}+)"
_ASSIGNED = re.compile(_NAME + r"[\"'\\]*+[ \t]*+(?P<by>[:=])[ \t]*+")
_QUOTED_VALUE = re.compile(r"\\?+(?P<quote>[\"'])(?P<value>(?:(?!(?P=quote))[^\n]){1,2048}+)")
_HEADER_VALUE = re.compile(r"(?P<value>[^\"'\n]{1,2048}+)")
_BARE_VALUE = re.compile(r"(?P<value>[^\s&;,|)}\]<>\"']{1,2048}+)")
_FLAG = re.compile(
    r"(?<![\w-])--?+(?P<name>[A-Za-z][\w-]{0,80}+)[ \t]++"
    r"(?:\"(?P<double>[^\"\n]++)|'(?P<single>[^'\n]++)|(?P<bare>[^\s\"'-][^\s\"']*+))"
)
_USER_FLAG = re.compile(
    r"(?<![\w-])(?:-a|-u|-U|--user|--auth|--proxy-user)(?:[ \t]++|=|(?=[^\s=-]))[\"']?+"
    r"[^\s:\"']*+:(?P<secret>[^\s\"']++)"
)
_USERINFO = re.compile(r"://(?P<secret>[^/\s@\"'?#]++)@")
_BY_ITSELF = re.compile(
    r"(?<![\w-])(?:"
    r"(?i:bearer|basic|negotiate|digest|ntlm|token|apikey)[ \t]++(?P<credentials>[\w.~+/=:-]{6,}+)"
    r"|(?P<token>eyJ[\w-]{8,}+\.[\w.-]++|gh[pousr]_\w{20,}+|github_pat_\w{20,}+|glpat-[\w-]{16,}+"
    r"|xox[a-z]-[\w-]{10,}+|AKIA[A-Z0-9]{12,}+|sk[-_][\w-]{16,}+|npm_\w{20,}+))"
)
_PEM = re.compile(r"-----BEGIN [A-Z ]{0,40}+KEY-----(?P<secret>[^-]++)")


def smells(name: str) -> bool:
    """Whether a name (of a header, a parameter, a variable, a key) is that of a secret."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if words and words[-1] in _PLACES:
        return False
    whole = "".join(words)
    return any(part in whole for part in _WITHIN) or not _PARTS.isdisjoint(words)


@dataclass(frozen=True)
class Redactor:
    """Masks known secrets in any text."""

    secrets: tuple[str, ...] = ()

    @classmethod
    def of(cls, metadata: Mapping[str, str]) -> "Redactor":
        """The redactor of one task's metadata."""
        found: set[str] = set()
        for secret in _secrets(metadata):
            if len(secret) >= _SHORTEST:
                found.add(secret)
            if len(found) >= _MOST_SECRETS:
                break
        return cls(tuple(sorted(found, key=len, reverse=True)))

    def __call__(self, text: str) -> str:
        """The text without the secrets."""
        for secret in self.secrets:
            text = text.replace(secret, MASK)
        return text

    def redact_json(self, value: Any, depth: int = 0) -> Any:
        """A JSON value without the secrets, in its texts and in its keys."""
        if not self.secrets or depth > _DEEPEST:
            return value
        if isinstance(value, str):
            return self(value)
        if isinstance(value, Mapping):
            return {self(str(k)): self.redact_json(v, depth + 1) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self.redact_json(item, depth + 1) for item in value]
        return value


def _secrets(metadata: Mapping[str, str]) -> Iterable[str]:
    for key, value in metadata.items():
        if smells(key):
            yield from _value_and_words(value)
        yield from secrets_in(value)


def secrets_in(text: str) -> Iterable[str]:
    """What in a command, a script, a URL or a body is a secret."""
    for match in _ASSIGNED.finditer(text):
        if smells(match["name"]):
            yield from _value_and_words(_value_at(text, match.end(), match["by"]))
    for match in _FLAG.finditer(text):
        if smells(match["name"]):
            yield match["double"] or match["single"] or match["bare"]
    for pattern in (_USER_FLAG, _PEM):
        for match in pattern.finditer(text):
            yield match["secret"].strip()
    for match in _USERINFO.finditer(text):
        user, _, password = match["secret"].partition(":")
        yield password
        if password in ("", "x-oauth-basic"):
            yield user
    for match in _BY_ITSELF.finditer(text):
        yield match["credentials"] or match["token"]


def _value_at(text: str, at: int, by: str) -> str:
    """The value that stands there: in quotes, as the rest of a header, or as a word."""
    match = _QUOTED_VALUE.match(text, at)
    if match is None:
        match = (_HEADER_VALUE if by == ":" else _BARE_VALUE).match(text, at)
    return match["value"].strip().rstrip("\\") if match else ""


def _value_and_words(value: str) -> Iterable[str]:
    """A value without its scheme, and its words: `Negotiate abc` may be printed as `abc` alone."""
    scheme, _, credentials = value.strip().partition(" ")
    rest = credentials.strip() if scheme.lower() in _SCHEMES and credentials else value.strip()
    yield rest
    if " " in rest:
        yield from (word for word in rest.split() if len(word) > _SHORTEST)
