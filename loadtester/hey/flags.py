"""Every flag of `hey URL`: its spellings, type, default and meaning.

The first group is hey 0.1.4's, with hey's defaults; the others are ours. A flag is added here and
read where it is used (`plans` for what shapes the run, `outputs` for what comes out of it).
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from commons.values import duration_s
from loadtester.hey.goflag import Flag, boolean, repeatable
from loadtester.hey.numbers import integer, rational, within
from loadtester.load import limits
from loadtester.load.schedules import KINDS

TWINS = "HEY_"


def _count(maximum: int) -> Callable[[str], int]:
    return within(integer, 1, maximum)


def _duration(minimum_s: float = 0.0) -> Callable[[str], float]:
    return duration_s(minimum_s, limits.MAX_DURATION_S)


REQUESTS = Flag(
    ("n", "requests"),
    within(integer, -limits.MAX_REQUESTS, limits.MAX_REQUESTS),
    200,
    "Number of requests to send. Every one is sent, whatever -c is.",
    "N",
)
CONCURRENCY = Flag(
    ("c", "concurrency"),
    within(integer, -limits.MAX_CONNECTIONS, limits.MAX_CONNECTIONS),
    50,
    "Number of workers, one connection each.",
    "N",
)
QPS = Flag(
    ("q", "qps"),
    within(rational, Fraction(0), Fraction(limits.MAX_RATE_RPS)),
    Fraction(0),
    "Rate limit per worker, in requests per second: -c 2 -q 5 is 10 a second.",
    "RATE",
)
DURATION = Flag(
    ("z", "duration"),
    _duration(-limits.MAX_DURATION_S),
    0.0,
    "How long to send requests: 10s, 1m30s. -n is then ignored.",
    "TIME",
)
OUTPUT = Flag(
    ("o", "output"),
    str,
    "",
    "What to print instead of the summary: csv, json, hgrm, html, markdown or junit.",
    "KIND",
)
METHOD = Flag(("m", "method"), str, "GET", "HTTP method.", "METHOD")
HEADER = repeatable(
    ("H", "header"), 'A header, "Name: value"; the last one of a name wins.', "LINE"
)
OLD_HEADER = Flag(("h",), str, "", "Deprecated by hey; use -H.", "LINE", has_twin=False)
TIMEOUT = Flag(
    ("t", "timeout"),
    within(integer, 0, limits.MAX_DURATION_S),
    20,
    "Timeout of a request, its redirects and its body, in seconds; 0 for none.",
    "S",
)
ACCEPT = Flag(("A", "accept"), str, "", "Accept header.", "TYPE")
BODY = Flag(("d", "body"), str, "", "Request body.", "TEXT")
BODY_FILE = Flag(("D", "body-file"), str, "", "Request body from a file; wins over -d.", "FILE")
CONTENT_TYPE = Flag(("T", "content-type"), str, "text/html", "Content-Type header.", "TYPE")
USER_AGENT = Flag(
    ("U", "user-agent"), str, "", "User-Agent; hey adds its own name after it.", "NAME"
)
AUTH = Flag(("a", "auth"), str, "", "Basic authentication.", "USER:PASSWORD")
PROXY = Flag(("x", "proxy"), str, "", "HTTP proxy, with or without http:// before it.", "HOST:PORT")
HTTP2 = Flag(
    ("h2", "http2"),
    boolean,
    False,
    "Offer HTTP/2 to an https URL, a connection for each worker.",
)
HOST = Flag(("host",), str, "", "Host header, and the TLS server name.", "NAME")
NO_COMPRESSION = Flag(("disable-compression",), boolean, False, "Do not ask for gzip.")
NO_KEEPALIVE = Flag(("disable-keepalive",), boolean, False, "A new connection for each request.")
NO_REDIRECTS = Flag(("disable-redirects",), boolean, False, "Do not follow redirects.")

RATE = Flag(
    ("rate",),
    str,
    "",
    "Open model: requests leave by this schedule whatever the responses do. A bare number is a"
    " constant rate, in requests per second in all; a bare 10..200/30s,200/2m is stages; else "
    + ", ".join(f"{kind}:{schedule.syntax}" for kind, schedule in KINDS.items())
    + ".",
    "SCHEDULE",
)
ON_SATURATION = Flag(
    ("on-saturation",),
    str,
    "queue",
    "When every connection is busy: queue, drop or grow.",
    "POLICY",
)
PROCESSES = Flag(
    ("cpus", "processes"),
    _count(limits.MAX_PROCESSES),
    1,
    "Number of processes that share the load, at most -c.",
    "N",
)
LOCUST_MASTER = Flag(
    ("locust-master",),
    str,
    "",
    "Listen here as a locust master, and let its workers share the load.",
    "[HOST]:PORT",
)
WORKERS = Flag(
    ("workers",),
    _count(limits.MAX_PROCESSES),
    1,
    "Number of workers that --locust-master waits for, at most -c.",
    "N",
)
WORKER_WAIT = Flag(
    ("worker-wait",),
    _duration(),
    60.0,
    "How long --locust-master waits for its workers.",
    "TIME",
)
MAX_CONNECTIONS = Flag(
    ("max-connections",),
    _count(limits.MAX_CONNECTIONS),
    10_000,
    "How far --on-saturation grow may go.",
    "N",
)
WARMUP = Flag(
    ("warmup",),
    _duration(),
    0.0,
    "Send load this long before measuring.",
    "TIME",
)
DRAIN = Flag(
    ("drain",),
    _duration(),
    0.0,
    "At the end of the run wait this long for responses, not each request's own timeout.",
    "TIME",
)
SEED = Flag(("seed",), integer, 0, "Random seed.", "N")

H2C = Flag(("h2c",), boolean, False, "Speak HTTP/2 without TLS, by prior knowledge.")
INSECURE = Flag(
    ("insecure",), boolean, False, "Do not verify the server's certificate (as hey never did)."
)
CA_CERT = Flag(("cacert",), str, "", "Certificates to verify the server with (PEM).", "FILE")
CERT = Flag(("cert",), str, "", "Client certificate (PEM).", "FILE")
KEY = Flag(("key",), str, "", "Key of the client certificate (PEM).", "FILE")
SNI = Flag(("sni",), str, "", "TLS server name (SNI) if it differs from the URL host.", "NAME")
UNIX_SOCKET = Flag(("unix-socket",), str, "", "Connect to this socket.", "PATH")
CONNECT_TO = repeatable(("connect-to",), "Connect elsewhere, as curl does.", "HOST:PORT:HOST:PORT")
CONNECT_TIMEOUT = Flag(
    ("connect-timeout",),
    _duration(),
    0.0,
    "Timeout of making a connection, within -t; 0 for none of its own.",
    "TIME",
)
REUSE = Flag(
    ("reuse",),
    within(integer, 0, limits.MAX_REQUESTS),
    0,
    "Requests on one connection before a new one; 0 for no limit.",
    "N",
)
MAX_AGE = Flag(
    ("max-age",),
    _duration(),
    0.0,
    "Age of a connection before a new one; 0 for no limit.",
    "TIME",
)

THRESHOLD = repeatable(
    ("threshold",),
    "Pass/fail condition; exit 99 if it fails: p99<250ms, error_rate<1%, status:5xx==0.",
    "CONDITION",
)
SAVE = Flag(
    ("save",), str, "", "Also write the whole run here, for `hey report` and `hey diff`.", "FILE"
)
TITLE = Flag(("title",), str, "", "What the HTML report is called.", "TEXT")
PROGRESS = Flag(
    ("progress",),
    str,
    "auto",
    "auto: live on a terminal; json: a line a second on stderr; none.",
    "KIND",
)
HELP = Flag(("help",), boolean, False, "This text.", has_twin=False)
VERSION = Flag(("version",), boolean, False, "The version.", has_twin=False)


@dataclass(frozen=True)
class Group:
    """Flags that the help shows under one heading."""

    heading: str
    flags: tuple[Flag[Any], ...]


GROUPS = (
    Group(
        "Flags of hey",
        (
            *(REQUESTS, CONCURRENCY, QPS, DURATION, OUTPUT, METHOD, HEADER, TIMEOUT, ACCEPT),
            *(BODY, BODY_FILE, CONTENT_TYPE, USER_AGENT, AUTH, PROXY, HTTP2, HOST),
            *(NO_COMPRESSION, NO_KEEPALIVE, NO_REDIRECTS, PROCESSES, OLD_HEADER),
        ),
    ),
    Group("Load", (RATE, ON_SATURATION, MAX_CONNECTIONS, WARMUP, DRAIN, SEED)),
    Group("Several machines", (LOCUST_MASTER, WORKERS, WORKER_WAIT)),
    Group(
        "Connections",
        (
            *(INSECURE, CA_CERT, CERT, KEY, SNI, H2C, UNIX_SOCKET, CONNECT_TO),
            *(CONNECT_TIMEOUT, REUSE, MAX_AGE),
        ),
    ),
    Group("Results", (THRESHOLD, SAVE, TITLE, PROGRESS, HELP, VERSION)),
)
FLAGS = tuple(flag for group in GROUPS for flag in group.flags)
