"""Type `loadtest`: a load run as data. No shell, and its verdict reaches the rollout."""

import os
import re
from collections.abc import Mapping
from fractions import Fraction
from importlib.util import find_spec

from commons.errors import Error
from loadtester.hey.plans import plan
from loadtester.thresholds.verdict import read_thresholds
from loadtester.webhooks.errors import BadTaskError
from loadtester.webhooks.payload import Payload
from loadtester.webhooks.policy import Policy
from loadtester.webhooks.tasks import metadata as read
from loadtester.webhooks.tasks.base import SHOWN_FAILURE, Field, Job, TaskType, VerdictMode
from loadtester.webhooks.tasks.hey import HeyJob
from loadtester.webhooks.tasks.hey_command import parse, replayed, restrictions

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
_LONGEST_VALUE = 10_000
_MOST_STAGES = 1000
_MASTER_PORT = 5557
_MOST_WORKERS = 256
_TEXTS = frozenset({"method", "body", "contentType", "host"})
_LARGE_EXPONENT = re.compile(r"[0-9][eE][+-]?[0-9]{3}")
_LONGEST_THRESHOLD = 200


def prepare(payload: Payload, policy: Policy) -> Job:
    """The job of a `loadtest` task."""
    given = payload.metadata
    url = read.url(given)
    read.host(given, "host")
    flags = [*_plain_flags(given, url, policy), *_connections(given)]
    for name, value in read.headers(given).items():
        flags += _checked(f"header.{name}", ["-H", f"{name}: {value}"], url)
    for threshold in read.lines(given, "thresholds"):
        flags += _checked_threshold(threshold)
    distributed = _workers(given, url)
    flags += distributed
    values = parse([*flags, url], {})
    flags += restrictions(values, url, policy, "rate" if "rate" in given else "url")
    _checked("metadata", flags, url)
    title = f"loadtest {url}"
    processes = read.count(given, "processes", 1)
    key = "\x1f".join([*flags, url])
    return HeyJob(title, key, flags, url, True, processes, is_distributed=bool(distributed))


def _plain_flags(given: Mapping[str, str], url: str, policy: Policy) -> list[str]:
    flags: list[str] = []
    for field, (flag, _) in FLAGS.items():
        text = given.get(field)
        if text is None:
            continue
        if field != "body" and len(text) > _LONGEST_VALUE:
            raise BadTaskError(f"{field}: longer than {_LONGEST_VALUE} characters")
        if field == "rate" and text.count(",") >= _MOST_STAGES:
            raise BadTaskError(f"rate: more than {_MOST_STAGES} stages")
        if field not in _TEXTS and _LARGE_EXPONENT.search(text):
            raise BadTaskError(f"{field}: a number with so large an exponent")
        own = [flag, text]
        if field == "rate":
            own = replayed(parse(own, {}), policy, field) or own
        flags += _checked(field, [*_BESIDE.get(field, ()), *own], url)[-2:]
    return flags


def _workers(given: Mapping[str, str], url: str) -> list[str]:
    """The flags of a load that workers on other machines share."""
    if "workers" not in given:
        if "masterPort" in given:
            raise BadTaskError("masterPort: only with workers")
        return []
    if find_spec("locust") is None:
        raise BadTaskError("workers: locust is not installed here (pip install locust)", 500)
    workers = read.count(given, "workers", 1, _MOST_WORKERS)
    port = read.count(given, "masterPort", _MASTER_PORT, 65535)
    if workers > read.count(given, "c", _CONNECTIONS):
        raise BadTaskError("workers: at most c, for each needs a connection")
    if "processes" in given:
        raise BadTaskError("processes: a worker is one process; start more workers instead")
    return ["--locust-master", f":{port}", "--workers", str(workers)]


def _connections(given: Mapping[str, str]) -> list[str]:
    """With fewer requests than hey's default of connections, one connection for each."""
    if "n" in given and "c" not in given and int(given["n"]) < _CONNECTIONS:
        return ["-c", given["n"]]
    return []


def _checked(field: str, flags: list[str], url: str) -> list[str]:
    """`flags`, if `hey` would take them; else what it says against them, under `field`."""
    try:
        plan(parse([*flags, url], {}), os.environ, Fraction(1))
    except (Error, ValueError, ArithmeticError) as error:
        raise BadTaskError(f"{field}: {error}") from None
    return flags


def _checked_threshold(threshold: str) -> list[str]:
    if len(threshold) > _LONGEST_THRESHOLD:
        raise BadTaskError(f"thresholds: longer than {_LONGEST_THRESHOLD} characters")
    try:
        read_thresholds([threshold])
    except (Error, ValueError) as error:
        raise BadTaskError(f"thresholds: {error}") from None
    return ["--threshold", threshold]


def _fields() -> Mapping[str, Field]:
    return {
        "url": Field("where to send the load", required=True),
        **{field: Field(meaning) for field, (_, meaning) in FLAGS.items()},
        "header.NAME": Field("a header of each request"),
        "thresholds": Field("conditions such as `p99<250ms, error_rate<1%`"),
        "workers": Field("locust workers on other machines that share the load"),
        "masterPort": Field("where they find it, `5557` if absent"),
    }


TASK = TaskType(
    name="loadtest",
    summary="A load run by our engine, in the background; its verdict answers later calls.",
    prepare=prepare,
    verdict=VerdictMode.LATER,
    shell=False,
    fields=_fields(),
    failure_status=SHOWN_FAILURE,
)
