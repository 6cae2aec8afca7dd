"""From command line and environment to one checked value."""

import argparse
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from loadtester.webhooks.auth import Keys
from loadtester.webhooks.errors import UsageError
from loadtester.webhooks.flags import FLAGS, Flag

_EXAMPLES = """\
examples:
  loadtester                               listen on 127.0.0.1:9090, as Flagger's does
  loadtester -port 8080 --host 0.0.0.0     in a container
  loadtester --no-shell --allow-target '*.shop:*'
  loadtester --store memory                forget gates and runs at the end

Every flag has a twin in the environment: --max-tasks is LOADTESTER_MAX_TASKS. A flag that can
be repeated takes one value per line there.
"""


@dataclass(frozen=True)
class Settings:
    """What the operator wants; one attribute per flag, durations in seconds, sizes in bytes."""

    host: str
    port: int
    log_level: str
    zap_encoding: str
    zap_replace_globals: bool
    timeout: float
    verdict: str
    on_failure: int
    namespace_regexp: re.Pattern[str] | None
    store: str
    data_dir: str
    history: int
    configmap: str
    token: str
    token_file: str
    hmac_secret: str
    hmac_secret_file: str
    max_tasks: int
    max_body_bytes: int
    max_output_bytes: int
    shutdown_grace: float
    allow_command: tuple[str, ...]
    allow_target: tuple[str, ...]
    no_shell: bool

    def keys(self) -> Keys:
        """What callers must know; UsageError if a file with a secret cannot be read."""
        return Keys(
            self.token or _secret("--token-file", self.token_file),
            self.hmac_secret or _secret("--hmac-secret-file", self.hmac_secret_file),
        )

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return Path(self.data_dir or default_data_dir(os.environ)) / "loadtester.db"


def default_data_dir(environ: Mapping[str, str]) -> Path:
    """Where the state of a user's programs goes (XDG base directory specification)."""
    state = environ.get("XDG_STATE_HOME") or Path(environ.get("HOME", "/tmp")) / ".local/state"
    return Path(state) / "loadtester"


def _secret(flag: str, path: str) -> str:
    if not path:
        return ""
    try:
        secret = Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{flag} {path}: {getattr(error, 'strerror', None) or error}") from None
    if not secret:
        raise UsageError(f"{flag} {path}: the file is empty")
    return secret


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see loadtester --help)")


def parser() -> argparse.ArgumentParser:
    """The command line of ``loadtester``."""
    made = _Parser(
        prog="loadtester",
        description="Flagger's load tester: gates, tasks and load runs behind webhooks.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for flag in FLAGS:
        options: dict[str, Any] = {"dest": flag.field, "default": None}
        options["help"] = f"{flag.help} [{flag.env}{_default_text(flag)}]".replace("%", "%%")
        if flag.is_switch:
            options |= {"nargs": "?", "const": "true", "metavar": "BOOL"}
        else:
            options |= {"metavar": flag.metavar}
        if flag.is_list:
            options["action"] = "append"
        made.add_argument(f"--{flag.name}", f"-{flag.name}", **options)
    return made


def _default_text(flag: Flag) -> str:
    if flag.default in (None, "", (), 0) and flag.name != "port":
        return ""
    return f", {flag.default:g}s" if isinstance(flag.default, float) else f", {flag.default}"


def parse(argv: Sequence[str], environ: Mapping[str, str]) -> Settings:
    """Settings of ``argv`` over ``environ`` over the defaults; UsageError names the culprit."""
    given = parser().parse_args(argv)
    return Settings(**{flag.field: _value(flag, given, environ) for flag in FLAGS})


def _value(flag: Flag, given: argparse.Namespace, environ: Mapping[str, str]) -> Any:
    if (text := getattr(given, flag.field)) is not None:
        return _read(flag, f"--{flag.name}", text)
    twin = environ.get(flag.env)
    # Kubernetes sets LOADTESTER_PORT=tcp://... in every pod beside a Service named loadtester.
    if twin is None or (flag.name == "port" and twin.startswith("tcp://")):
        return flag.default
    return _read(
        flag, flag.env, [line for line in twin.splitlines() if line] if flag.is_list else twin
    )


def _read(flag: Flag, where: str, text: Any) -> Any:
    try:
        if flag.is_list:
            return tuple(flag.read(item) for item in text)
        return flag.read(text)
    except ValueError as error:
        raise UsageError(f"{where}: {error}") from None
