"""Type ``loadtest``: a load run as data. No shell, and its verdict reaches the rollout."""

import os
from collections.abc import Mapping
from fractions import Fraction

from loadtester.webhooks.errors import BadTaskError
from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.tasks import metadata as read
from loadtester.webhooks.tasks.base import SHOWN_FAILURE, Field, Job, TaskType, VerdictMode
from loadtester.webhooks.tasks.hey import HeyJob

FLAGS = {
    "rate": ("--rate", "requests per second in all, or a schedule such as `10..200/30s,200/2m`"),
    "duration": ("-z", "how long, `1m`"),
    "n": ("-n", "how many requests, instead of a duration"),
    "c": ("-c", "connections"),
    "q": ("-q", "requests per second and connection"),
    "method": ("-m", "HTTP method, `GET` if absent"),
    "body": ("-d", "body of each request"),
    "contentType": ("-T", "its Content-Type"),
    "host": ("-host", "Host header"),
    "requestTimeout": ("-t", "seconds per request"),
    "warmup": ("--warmup", "load before measuring, `10s`"),
    "onSaturation": ("--on-saturation", "`queue`, `drop` or `grow` when connections are busy"),
    "processes": ("--processes", "processes to share the load"),
}

_BESIDE = {"n": ("-c", "1")}
_CONNECTIONS = 50


def plan(payload: Payload, policy: Policy) -> Job:
    given = payload.metadata
    url = read.url(given)
    policy.check_target(url)
    read.host(given, "host")
    flags: list[str] = []
    for field, (flag, _) in FLAGS.items():
        if field in given:
            _checked(field, [*_BESIDE.get(field, ()), flag, given[field]], url)
            flags += [flag, given[field]]
    flags += _connections(given)
    for name, value in read.headers(given).items():
        flags += _checked(f"header.{name}", ["-H", f"{name}: {value}"], url)
    for promise in read.lines(given, "thresholds"):
        flags += _checked_threshold(promise)
    _checked("metadata", flags, url)
    if policy.allow_targets:
        flags.append("--disable-redirects")
    title = f"loadtest {url}"
    return HeyJob(title, "\x1f".join([*flags, url]), flags, url, needs_answers=True)


def _connections(given: Mapping[str, str]) -> list[str]:
    """With fewer requests than hey's default of connections, one connection for each."""
    if "n" in given and "c" not in given and int(given["n"]) < _CONNECTIONS:
        return ["-c", given["n"]]
    return []


def _checked(field: str, flags: list[str], url: str) -> list[str]:
    """``flags``, if ``hey`` would take them; else what it says against them, under ``field``."""
    from commons.errors import UserError
    from loadtester.hey.flags import FLAGS as HEY_FLAGS
    from loadtester.hey.flags import TWINS
    from loadtester.hey.goflag import FlagSet
    from loadtester.hey.plans import plan as hey_plan
    from loadtester.load.errors import LoadError

    try:
        values = FlagSet(HEY_FLAGS, twins=TWINS).parse([*flags, url], {})
        hey_plan(values, os.environ, Fraction(1))
    except (UserError, LoadError, ValueError, ArithmeticError) as error:
        raise BadTaskError(f"{field}: {error}") from None
    return flags


def _checked_threshold(promise: str) -> list[str]:
    from loadtester.thresholds.errors import ThresholdError
    from loadtester.thresholds.verdict import read_thresholds

    try:
        read_thresholds([promise])
    except (ThresholdError, ValueError) as error:
        raise BadTaskError(f"thresholds: {error}") from None
    return ["--threshold", promise]


def _fields() -> Mapping[str, Field]:
    return {
        "url": Field("where to send the load", required=True),
        **{field: Field(meaning) for field, (_, meaning) in FLAGS.items()},
        "header.NAME": Field("a header of each request"),
        "thresholds": Field("promises such as `p99<250ms, error_rate<1%`"),
    }


TASK = TaskType(
    name="loadtest",
    summary="A load run by our engine, in the background; its verdict answers later calls.",
    plan=plan,
    verdict=VerdictMode.LATER,
    shell=False,
    fields=_fields(),
    failure_status=SHOWN_FAILURE,
)
