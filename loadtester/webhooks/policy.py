"""What the operator allows tasks to do: which commands, which targets, shells or none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from urllib.parse import urlsplit

from loadtester.webhooks.errors import RefusedError

_PLAIN = r"[^;&|<>$`(){}\n\r]*"


@dataclass(frozen=True)
class Policy:
    """The rules; an empty tuple of patterns allows everything."""

    allow_commands: Sequence[str] = ()
    allow_targets: Sequence[str] = ()
    no_shell: bool = False

    def check_command(self, command: str) -> None:
        """RefusedError unless a pattern matches the whole of ``command``.

        ``*`` stands for any text without shell operators, ``**`` for any text at all.
        """
        if self.allow_commands and not any(
            _command_pattern(pattern).fullmatch(command) for pattern in self.allow_commands
        ):
            raise RefusedError("cmd is not allowed here (no --allow-command pattern matches it)")

    def check_target(self, url: str, field: str = "url") -> None:
        """RefusedError unless the host (``host`` or ``host:port``) of ``url`` matches a pattern."""
        if not self.allow_targets:
            return
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
        if not any(
            fnmatchcase(host, pattern) or fnmatchcase(f"{host}:{port}", pattern)
            for pattern in self.allow_targets
        ):
            raise RefusedError(
                f"{field}: {host}:{port} is not an allowed target (see --allow-target)"
            )


@lru_cache(maxsize=256)
def _command_pattern(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*)", pattern)
    wild = {"*": _PLAIN, "**": ".*"}
    return re.compile("".join(wild.get(part) or re.escape(part) for part in parts), re.DOTALL)
