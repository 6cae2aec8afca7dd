"""The flags of `loadtester`, each with its twin `LOADTESTER_<FLAG>`, and one checked value of all.

Flagger's own flags keep their names and their single dash: `-port 8080`.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from commons import values
from commons.errors import UserError
from commons.flags import Flag, parse_flags, with_twins
from commons.input_file import InputFileError, read_at_most
from commons.units import MIB
from commons.values import ValueParser
from loadtester.webhooks.access.auth import Keys
from loadtester.webhooks.policy import Policy

_EXAMPLES = """\
examples:
  loadtester                               listen on 127.0.0.1:9090, as Flagger's does
  loadtester -port 8080 --host 0.0.0.0     in a container
  loadtester --no-shell --allow-target '*.shop:*'
  loadtester --store memory                forget gates and runs at the end

Every flag has a twin in the environment: --max-tasks is LOADTESTER_MAX_TASKS. A flag that can
be repeated takes one value per line there.
"""


def _regular_expression(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"{values.shown(text)} is not a regular expression: {error}") from None


def _folder(text: str) -> Path:
    path = Path(values.ANY_TEXT(text))
    if not path.is_dir():
        raise ValueError(f"{values.shown(text)} is not a folder")
    return path.resolve()


failure_status = values.whole_number(400, 599, "STATUS")
"""A status that says that a task failed."""

FLAGS = with_twins(
    "LOADTESTER_",
    (
        Flag(
            "host",
            "address to listen on; 0.0.0.0 in a container",
            "127.0.0.1",
            values.not_empty("ADDRESS"),
        ),
        Flag(
            "allow-host",
            "further name of this server in Host headers, such as *.example.com (repeatable)",
            (),
            values.not_empty("PATTERN"),
            repeatable=True,
        ),
        Flag("port", "port to listen on; 0 lets the system choose", 9090, values.port),
        Flag("log-level", "debug, info, warn or error", "info", values.text("LEVEL")),
        Flag("zap-encoding", "log encoding", "json", values.one_of("json", "console")),
        Flag(
            "zap-replace-globals", "accepted for Flagger's sake; does nothing", False, values.switch
        ),
        Flag("timeout", "deadline of a task", 3600.0, values.duration_s(above_s=0)),
        Flag(
            "verdict",
            "default verdict mode of background tasks, instead of their type's own",
            "",
            values.one_of("off", "later", "now"),
        ),
        Flag(
            "on-failure",
            "HTTP status for failed tasks, 400 to 599, instead of their type's own",
            0,
            failure_status,
            default_text="",
        ),
        Flag(
            "namespace-regexp",
            "answer 403 to tasks of other namespaces",
            None,
            ValueParser(_regular_expression, "REGEXP"),
        ),
        Flag(
            "store",
            "where to keep gates and runs",
            "sqlite",
            values.one_of("sqlite", "memory", "configmap"),
        ),
        Flag(
            "data-dir",
            "directory of the SQLite file",
            "",
            values.not_empty("DIR"),
            default_text="~/.local/state/loadtester",
        ),
        Flag("history", "runs to remember", 1000, values.whole_number(1, 1_000_000)),
        Flag(
            "configmap",
            "ConfigMap of the store configmap",
            "loadtester-state",
            values.not_empty("NAME"),
        ),
        Flag(
            "token",
            "bearer token required from callers (better: --token-file)",
            "",
            values.not_empty("TOKEN"),
            secret=True,
            protects=True,
        ),
        Flag("token-file", "file holding the token", "", values.not_empty("FILE"), protects=True),
        Flag(
            "hmac-secret",
            "secret of signed requests, instead of a token (better: --hmac-secret-file)",
            "",
            values.not_empty("SECRET"),
            secret=True,
            protects=True,
        ),
        Flag(
            "hmac-secret-file",
            "file holding the secret",
            "",
            values.not_empty("FILE"),
            protects=True,
        ),
        Flag(
            "max-tasks",
            "tasks at once; more are answered 429",
            256,
            values.whole_number(1, 100_000),
        ),
        Flag(
            "max-connections",
            "connections at once; when there are as many, an idle one makes room for the next",
            1000,
            values.whole_number(1, 100_000),
        ),
        Flag("max-body-bytes", "largest body of a request", MIB, values.size_bytes()),
        Flag("max-output-bytes", "output kept of a task", MIB, values.size_bytes()),
        Flag(
            "shutdown-grace", "how long tasks may finish after SIGTERM", 25.0, values.duration_s()
        ),
        Flag(
            "allow-command",
            "commands to allow (repeatable)",
            (),
            values.not_empty("PATTERN"),
            repeatable=True,
            protects=True,
        ),
        Flag(
            "allow-target",
            "hosts that load may go to (repeatable)",
            (),
            values.not_empty("PATTERN"),
            repeatable=True,
            protects=True,
        ),
        Flag("no-shell", "only loadtest, locust and http", False, values.switch, protects=True),
        Flag(
            "task-files",
            "folder of the files that tasks may name (default: none as soon as any rule is given)",
            None,
            ValueParser(_folder, "DIR"),
            protects=True,
        ),
        Flag(
            "allow-code",
            "allow code in locust tasks although a rule is given",
            False,
            values.switch,
        ),
    ),
)


@dataclass(frozen=True)
class Settings:
    """What the operator wants; one attribute per flag, durations in seconds, sizes in bytes."""

    host: str
    allow_host: tuple[str, ...]
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
    max_connections: int
    max_body_bytes: int
    max_output_bytes: int
    shutdown_grace: float
    allow_command: tuple[str, ...]
    allow_target: tuple[str, ...]
    no_shell: bool
    task_files: Path | None
    allow_code: bool

    def policy(self) -> Policy:
        """What tasks may do."""
        return Policy(
            self.allow_command, self.allow_target, self.no_shell, self.task_files, self.allow_code
        )

    def keys(self) -> Keys:
        """What callers must know; UserError if a file with a secret cannot be read."""
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
    state = environ.get("XDG_STATE_HOME") or Path(environ.get("HOME") or "/tmp") / ".local/state"
    return Path(state) / "loadtester"


def _secret(flag: str, path: str) -> str:
    if not path:
        return ""
    try:
        secret = read_at_most(path, MIB).decode().strip()
    except (InputFileError, UnicodeDecodeError) as error:
        reason = str(error) if isinstance(error, InputFileError) else "is not UTF-8"
        raise UserError(f"{flag} {path}: {reason}") from None
    if not secret:
        raise UserError(f"{flag} {path}: the file is empty")
    return secret


def parse(argv: Sequence[str], environ: Mapping[str, str]) -> Settings:
    """Settings of `argv` over `environ` over the defaults; UsageError names the culprit."""
    found = parse_flags(
        FLAGS,
        argv,
        environ,
        prog="loadtester",
        description="Flagger's load tester: gates, tasks and load runs behind webhooks.",
        epilog=_EXAMPLES,
    )
    return Settings(**found)
