"""The few readings of Go's standard library that Flagger's users can see.

Sources: ``strconv.ParseBool``, ``strings.Fields`` and ``os.ProcessState.String``.
"""

import re
import signal

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
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


def exit_text(returncode: int) -> str:
    """How Go words the end of a process: ``exit status 1``, ``signal: killed``."""
    if returncode >= 0:
        return f"exit status {returncode}"
    try:
        return f"signal: {_SIGNAL_WORDS[signal.Signals(-returncode)]}"
    except (KeyError, ValueError):
        return f"signal: signal {-returncode}"
