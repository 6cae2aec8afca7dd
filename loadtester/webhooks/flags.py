"""The flags of ``loadtester``, each with its environment twin ``LOADTESTER_<FLAG>``.

Flagger's own flags keep their names, and Go's single dash works: ``-port 8080``, ``-port=8080``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from commons.durations import parse_duration_s

_BOOLS = {"1": True, "t": True, "true": True, "0": False, "f": False, "false": False, "": False}
_SIZE = re.compile(r"([0-9]+)(|k|M|G)")
_SIZES = {"": 1, "k": 1 << 10, "M": 1 << 20, "G": 1 << 30}


@dataclass(frozen=True)
class Flag:
    """One flag: how its text becomes a value (ValueError says what is wrong) and what it is for."""

    name: str
    read: Callable[[str], object]
    default: object
    metavar: str
    help: str

    @property
    def field(self) -> str:
        """Its name in Settings."""
        return self.name.replace("-", "_")

    @property
    def env(self) -> str:
        """Its environment twin."""
        return f"LOADTESTER_{self.field.upper()}"

    @property
    def is_switch(self) -> bool:
        """Whether it may stand without a value."""
        return self.read is boolean

    @property
    def is_list(self) -> bool:
        """Whether it may be repeated; its twin holds one value per line."""
        return isinstance(self.default, tuple)


def port(text: str) -> int:
    """A TCP port; 0 lets the system choose."""
    if text.isascii() and text.isdigit() and int(text) <= 65535:
        return int(text)
    raise ValueError(f'"{text}" is not a port (0 to 65535)')


def count(text: str) -> int:
    """A whole number above 0."""
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    raise ValueError(f'"{text}" is not a whole number above 0')


def size_bytes(text: str) -> int:
    """Bytes, with k, M or G for powers of 1024."""
    match = _SIZE.fullmatch(text)
    if match is None or int(match[1]) == 0:
        raise ValueError(f'"{text}" is not a size such as 65536, 64k or 1M')
    return int(match[1]) * _SIZES[match[2]]


def duration_s(text: str) -> float:
    """A Go duration above 0, in seconds."""
    seconds = parse_duration_s(text)
    if seconds <= 0:
        raise ValueError(f'"{text}" is not above 0')
    return seconds


def wait_s(text: str) -> float:
    """A Go duration, 0 allowed, in seconds."""
    seconds = parse_duration_s(text)
    if seconds < 0:
        raise ValueError(f'"{text}" is negative')
    return seconds


def boolean(text: str) -> bool:
    """A Go boolean."""
    try:
        return _BOOLS[text.lower()]
    except KeyError:
        raise ValueError(f'"{text}" is not true or false') from None


def regexp(text: str) -> re.Pattern[str] | None:
    """A regular expression, matched anywhere in the text; none if empty."""
    try:
        return re.compile(text) if text else None
    except re.error as error:
        raise ValueError(f'"{text}" is not a regular expression: {error}') from None


def failure_status(text: str) -> int:
    """A status from 400 to 599."""
    if len(text) == 3 and text.isascii() and text.isdigit() and 400 <= int(text) <= 599:
        return int(text)
    raise ValueError(f'"{text}" is not a status from 400 to 599')


def one_of(*words: str) -> Callable[[str], str]:
    """One of ``words``."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f'"{text}" is not one of {", ".join(words)}')
        return text

    return read


def pattern(text: str) -> str:
    """A pattern of a list flag."""
    if not text.strip():
        raise ValueError("an empty pattern matches nothing")
    return text


FLAGS = (
    Flag("host", str, "127.0.0.1", "ADDRESS", "address to listen on; 0.0.0.0 in a container"),
    Flag("port", port, 9090, "PORT", "port to listen on; 0 lets the system choose"),
    Flag("log-level", str, "info", "LEVEL", "debug, info, warn or error"),
    Flag("zap-encoding", one_of("json", "console"), "json", "ENCODING", "log encoding"),
    Flag("zap-replace-globals", boolean, False, "", "accepted for Flagger's sake; does nothing"),
    Flag("timeout", duration_s, 3600.0, "DURATION", "deadline of a task"),
    Flag("verdict", one_of("", "off", "later", "now"), "", "MODE", "of tasks in the background"),
    Flag(
        "on-failure", failure_status, 0, "STATUS", "status of failures, instead of the type's own"
    ),
    Flag("namespace-regexp", regexp, None, "REGEXP", "answer 403 to tasks of other namespaces"),
    Flag(
        "store", one_of("sqlite", "memory", "configmap"), "sqlite", "STORE", "where to keep gates"
    ),
    Flag("data-dir", str, "", "DIR", "directory of the SQLite file"),
    Flag("history", count, 1000, "N", "runs to remember"),
    Flag("configmap", str, "loadtester-state", "NAME", "ConfigMap of the store configmap"),
    Flag("token", str, "", "TOKEN", "callers must bring it (better: --token-file)"),
    Flag("token-file", str, "", "FILE", "the same, from a file"),
    Flag("hmac-secret", str, "", "SECRET", "or sign the body with it (better: --hmac-secret-file)"),
    Flag("hmac-secret-file", str, "", "FILE", "the same, from a file"),
    Flag("max-tasks", count, 256, "N", "tasks at once; more are answered 429"),
    Flag("max-body-bytes", size_bytes, 1 << 20, "SIZE", "largest body of a request"),
    Flag("max-output-bytes", size_bytes, 1 << 20, "SIZE", "output kept of a task"),
    Flag("shutdown-grace", wait_s, 25.0, "DURATION", "how long tasks may finish after SIGTERM"),
    Flag("allow-command", pattern, (), "PATTERN", "commands to allow (repeatable)"),
    Flag("allow-target", pattern, (), "PATTERN", "hosts that load may go to (repeatable)"),
    Flag("no-shell", boolean, False, "", "only loadtest, locust and http"),
)
