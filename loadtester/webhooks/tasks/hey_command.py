"""A plain `hey ...` command: what it would reach, read and write, known before it runs."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commons.errors import Error
from loadtester.hey import flags as hey
from loadtester.hey.goflag import Flag, FlagSet, Values
from loadtester.load.errors import PlanError
from loadtester.load.schedules.replay import Replay
from loadtester.webhooks.errors import BadTaskError, RefusedError
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.tasks.urls import check_http_url

_DETOURS: tuple[Flag[Any], ...] = (hey.PROXY, hey.CONNECT_TO, hey.UNIX_SOCKET)
_READ: tuple[Flag[str], ...] = (hey.BODY_FILE, hey.CA_CERT, hey.CERT, hey.KEY)
_REPLAY = "replay:"
HEY_COMMANDS = frozenset({"report", "diff", "selfcheck"})
"""What `hey` can do besides load runs."""


@dataclass(frozen=True)
class HeyCommand:
    """The arguments of `hey` up to the URL, the URL, and how many processes share the load."""

    flags: tuple[str, ...]
    url: str
    processes: int = 1

    @property
    def words(self) -> list[str]:
        """The command word for word."""
        return ["hey", *self.flags, self.url]


def is_hey(words: Sequence[str] | None) -> bool:
    """Whether the command is `hey` with arguments."""
    return words is not None and len(words) > 1 and words[0] == "hey"


def read_command(words: Sequence[str], policy: Policy) -> HeyCommand | None:
    """What `hey` would make of these words (the first is `hey` itself) under a policy.

    None for what is no load run (`hey report`, `hey --help`, a mistake that hey itself words best).
    RefusedError for what the policy forbids; under one BadTaskError for mistakes as well.
    """
    try:
        if words[1] in HEY_COMMANDS:
            raise _NoRunError(f"hey {words[1]} reads files")
        values = parse(words[1:], os.environ)
        if values[hey.HELP] or not values.arguments:
            raise _NoRunError("hey needs a URL")
    except (_NoRunError, Error) as error:
        if policy.is_restricted:
            raise RefusedError(f"cmd: {error}") from None
        return None
    flags = words[1 : len(words) - len(values.arguments)]
    if flags and flags[-1] == "--":
        flags = flags[:-1]
    more = restrictions(parse(words[1:], {}), values.arguments[0], policy, "cmd")
    return HeyCommand((*flags, *more), values.arguments[0], max(1, values[hey.PROCESSES]))


class _NoRunError(Exception):
    """This is not a load run."""


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Values:
    """hey's own reading of its arguments; Error says what is wrong with them."""
    return FlagSet(hey.FLAGS, twins=hey.TWINS).parse(arguments, environment)


def restrictions(values: Values, url: str, policy: Policy, field: str) -> list[str]:
    """Further flags that keep `hey` within a policy; RefusedError where that cannot be."""
    if not policy.is_restricted and policy.files is None:
        return []
    more: list[str] = []
    for flag in _DETOURS:
        if values[flag] and (policy.allow_targets or flag is hey.UNIX_SOCKET):
            raise RefusedError(f"{field}: {flag.spelling} is not allowed here")
    if values[hey.SAVE]:
        raise RefusedError(f"{field}: {hey.SAVE.spelling} is not allowed here: it writes files")
    for read in _READ:
        if text := values[read]:
            more += [read.spelling, str(policy.check_file(field, text))]
    more += replayed(values, policy, field)
    if policy.allow_targets:
        host, port = check_http_url(url if "://" in url else f"http://{url}", field)
        policy.check_target(host, port, field)
        more.append(hey.NO_REDIRECTS.spelling)
    return more


def replayed(values: Values, policy: Policy, field: str) -> list[str]:
    """The flag of a rate that is read from a file, which the policy allows and which holds times.

    BadTaskError does not repeat what else it holds.
    """
    if not values[hey.RATE].startswith(_REPLAY):
        return []
    path = policy.check_file(field, values[hey.RATE].removeprefix(_REPLAY))
    try:
        Replay.parse(str(path))
    except (PlanError, ValueError):
        raise BadTaskError(f"{field}: replay: the file is not a list of times") from None
    return [hey.RATE.spelling, f"{_REPLAY}{path}"]
