"""The few readings of Go's standard library that Flagger's users can see.

Sources: ``strconv.ParseBool``, ``strings.Fields``, ``time.ParseDuration`` and ``os.ProcessState``.
"""

import re
import signal
from fractions import Fraction

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_UNITS_S = {
    "ns": Fraction(1, 10**9),
    "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6),
    "μs": Fraction(1, 10**6),
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "m": Fraction(60),
    "h": Fraction(3600),
}
_TERM = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_GO_SPACE = re.compile("[\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_SIGNAL_WORDS = {
    signal.SIGHUP: "hangup",
    signal.SIGINT: "interrupt",
    signal.SIGQUIT: "quit",
    signal.SIGILL: "illegal instruction",
    signal.SIGTRAP: "trace/breakpoint trap",
    signal.SIGABRT: "aborted",
    signal.SIGBUS: "bus error",
    signal.SIGFPE: "floating point exception",
    signal.SIGKILL: "killed",
    signal.SIGUSR1: "user defined signal 1",
    signal.SIGSEGV: "segmentation fault",
    signal.SIGUSR2: "user defined signal 2",
    signal.SIGPIPE: "broken pipe",
    signal.SIGALRM: "alarm clock",
    signal.SIGTERM: "terminated",
}


def parse_bool(text: str) -> bool:
    """True for the six spellings that ``strconv.ParseBool`` takes as true, else False."""
    return text in _TRUE


def fields(text: str) -> list[str]:
    """Split around white space as ``strings.Fields``: no quoting, no empty words."""
    return [word for word in _GO_SPACE.split(text) if word]


def parse_duration_s(text: str) -> float:
    """Seconds of a Go duration (``1h``, ``1m30s``, ``500ms``, ``0``); ValueError if it is none."""
    body = text[1:] if text[:1] in ("+", "-") else text
    if body == "0":
        return 0.0
    total, position = Fraction(0), 0
    while position < len(body):
        term = _TERM.match(body, position)
        if term is None:
            break
        total += Fraction(term[1].rstrip(".") or "0") * _UNITS_S[term[2]]
        position = term.end()
    if not body or position < len(body):
        raise ValueError(f'"{text}" is not a duration such as 30s, 1m30s or 1h')
    return float(-total if text.startswith("-") else total)


def exit_text(returncode: int) -> str:
    """How Go words the end of a process: ``exit status 1``, ``signal: killed``."""
    if returncode >= 0:
        return f"exit status {returncode}"
    try:
        return f"signal: {_SIGNAL_WORDS[signal.Signals(-returncode)]}"
    except (KeyError, ValueError):
        return f"signal: signal {-returncode}"
