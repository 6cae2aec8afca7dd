"""The load that a Canary's own webhooks make: how much, how long, and where it goes. Pure.

What is no load generator is passed over; a generator whose rate cannot be read is said to be left
out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rehearsal.flagger.canary.analysis import Webhook
from rehearsal.flagger.canary.model import Canary
from rehearsal.webhooks.calls import GENERATORS, HEALTH_PATHS, Address, Call, address_of
from rehearsal.webhooks.load_programs import PROGRAMS, Program
from rehearsal.webhooks.shell import Command, addresses

Asked = Literal["start", "check"]
Reaches = Literal["canary", "apex"]

RESPONSE_S = 0.05
"""How long a response takes, where a generator without a rate sends as fast as they come."""


@dataclass(frozen=True)
class HookLoad:
    """Requests that begin with a tick, of one webhook.

    They are asked for at the ticks of `asked`, and not while the last ones still run. Those on a
    health path are taken to succeed whatever the build is like: `meets_faults` is False.
    """

    hook: str
    asked: Asked
    rate_per_s: float
    duration_s: float
    reaches: Reaches
    meets_faults: bool
    assumed: str = ""


def hook_loads(canary: Canary) -> tuple[tuple[HookLoad, ...], tuple[str, ...]]:
    """The loads of all webhooks, and a note on each command that is left out or guessed at."""
    loads: list[HookLoad] = []
    notes: list[str] = []
    for hook in canary.spec.analysis.webhooks:
        asked = _asked(hook)
        if asked is None:
            continue
        for load in _loads(canary, hook, asked):
            if isinstance(load, str):
                notes.append(f"webhook {hook.name}: {load}")
                continue
            loads.append(load)
            if load.assumed:
                notes.append(f"webhook {hook.name}: {load.assumed}")
            if not load.meets_faults and load.duration_s > 1:
                notes.append(
                    f"webhook {hook.name}: its {load.rate_per_s:g}/s go to a health path, which is"
                    " taken never to fail: they dilute the errors of users"
                )
    return tuple(loads), tuple(notes)


def _asked(hook: Webhook) -> Asked | None:
    kinds: dict[str, Asked] = {"pre-rollout": "start", "": "check", "rollout": "check"}
    return kinds.get(hook.type)


def _loads(canary: Canary, hook: Webhook, asked: Asked) -> Iterator[HookLoad | str]:
    call = Call(hook)
    if not call.is_task:
        return
    if call.task == "loadtest":
        yield from _of_task(canary, hook.name, asked, hook.metadata or {})
    elif call.task in ("locust", "ngrinder"):
        yield f"how much load a task of type {call.task} makes cannot be read; it is left out"
    urls = [url for command in call.commands for url in addresses(command)]
    for command in call.commands:
        yield from _of_command(canary, hook.name, asked, command, urls)


def _of_command(
    canary: Canary, hook: str, asked: Asked, command: Command, urls: Sequence[str]
) -> Iterator[HookLoad | str]:
    program = PROGRAMS.get(command.name)
    if program is None:
        if command.name in GENERATORS:
            yield f"how much load {command.name} makes cannot be read; it is left out"
        return
    flags, arguments = program.split(command.words[1:])
    own = [word for word in arguments if program.is_target(word)]
    url = next(iter([*own, *addresses(command), *urls]), "")
    if not url:
        yield f"no address in `{' '.join(command.words)[:60]}`; it is left out"
        return
    yield from _load(canary, hook, asked, url, flags, program)


def _of_task(
    canary: Canary, hook: str, asked: Asked, metadata: Mapping[str, str]
) -> Iterator[HookLoad | str]:
    flags = {key: [value] for key, value in metadata.items()}
    flags["z"] = flags.pop("duration", [])
    flags["H"] = [f"{k.removeprefix('header.')}:" for k in metadata if k.startswith("header.")]
    yield from _load(canary, hook, asked, metadata.get("url", ""), flags, PROGRAMS["hey"])


def _load(
    canary: Canary,
    hook: str,
    asked: Asked,
    url: str,
    flags: Mapping[str, Sequence[str]],
    program: Program,
) -> Iterator[HookLoad | str]:
    address = address_of(url if "//" in url else f"http://{url}")
    if address.error:
        yield f"its address {address.error}; its load is left out"
        return
    try:
        pace = program.pace(flags, RESPONSE_S)
    except ValueError as error:
        yield f"{error}; its load is left out"
        return
    reaches, assumed = _destination(canary, address, flags.get("H", ()))
    if reaches is None:
        yield assumed
        return
    fails = address.path.lower() not in HEALTH_PATHS
    notes = "; ".join(filter(None, (assumed, pace.assumed)))
    yield HookLoad(hook, asked, pace.rate_per_s, pace.duration_s, reaches, fails, notes)


def _destination(
    canary: Canary, address: Address, headers: Iterable[str]
) -> tuple[Reaches | None, str]:
    """Where an address leads, and what had to be assumed; None where no canary is."""
    apex = canary.apex_service
    if address.service == f"{apex}-canary":
        return "canary", ""
    if address.service == f"{apex}-primary":
        return None, f"{address.host} is the primary; its load is left out"
    at_apex = address.service == apex
    note = "" if at_apex else f"{address.host} is taken to lead to {apex}.{canary.namespace}"
    if canary.spec.analysis.strategy == "ab-testing":
        wanted = {key.lower() for match in canary.spec.analysis.match for key in match.headers}
        sent = {header.split(":")[0].strip().lower() for header in headers}
        if not wanted & sent:
            return None, f"its load at {address.host} meets no condition of the match"
        return "canary", note
    return "apex", note
