"""Secrets in metadata, struck out of everything that is logged or kept.

What counts as one: the value of a key named like a secret, and inside a command or a URL what
follows an Authorization header, a flag or variable named like a secret, ``-u user:`` and
``https://user:``. A best effort, of course: a secret under an innocent name is not known for one.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_WORD = r"(?:pass(?:wd|word|phrase)?|secret|token|api[-_]?key|access[-_]?key|credentials?)"
_KEY = re.compile(rf"(?i)(?:{_WORD}|authorization|cookie)$")
_IN_TEXT = (
    re.compile(r"(?i)authorization[\"']?\s*[:=]\s*[\"']?(?:(?:basic|bearer|token)\s+)?([^\s\"']+)"),
    re.compile(rf"(?i){_WORD}[\"']?\s*[=:\s]\s*[\"']?([^\s\"'&;,]+)"),
    re.compile(r"://[^/\s:@\"']*:([^@/\s\"']+)@"),
    re.compile(r"(?:^|\s)(?:-a|-u|--user|--auth)(?:\s+|=)[\"']?[^\s:\"']+:([^\s\"']+)"),
)
_SHORTEST = 3
MASK = "***"


@dataclass(frozen=True)
class Redactor:
    """Strikes known secrets out of any text."""

    secrets: tuple[str, ...]

    @classmethod
    def of(cls, metadata: Mapping[str, str]) -> "Redactor":
        """The redactor of one task's metadata."""
        found = {secret for secret in _secrets(metadata) if len(secret) >= _SHORTEST}
        return cls(tuple(sorted(found, key=len, reverse=True)))

    def __call__(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, MASK)
        return text


def _secrets(metadata: Mapping[str, str]) -> Iterable[str]:
    for key, value in metadata.items():
        if _KEY.search(key):
            yield value
        for pattern in _IN_TEXT:
            yield from pattern.findall(value)
