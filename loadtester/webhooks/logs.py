"""Structured logs on stderr: one JSON object per line, or plain lines for a person."""

import logging
import sys

from commons.logs import LEVELS, ConsoleFormatter, JsonFormatter

EXTRAS = ("canary", "task", "run", "port", "version")
"""What a line may be about, besides its message."""


def formatter(encoding: str) -> logging.Formatter:
    """Lines of `json` or `console`; JSON has its keys in the order of Flagger's own logs."""
    if encoding == "console":
        return ConsoleFormatter(extras=("canary",))
    return JsonFormatter(("level", "ts", "msg"), extras=EXTRAS, exception="stacktrace")


def configure(level: str, encoding: str) -> None:
    """Send the logs of this process to stderr. An unknown `level` is info, as with Flagger."""
    _collect_no_more_than_is_shown()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(encoding))
    for name in ("loadtester", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
    logging.getLogger("loadtester").setLevel(LEVELS.get(level, logging.INFO))
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)


def _collect_no_more_than_is_shown() -> None:
    """No line shows its caller, thread or process ("Optimization" in Python's logging HOWTO)."""
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
