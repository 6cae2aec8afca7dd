"""Structured logs on stderr: one JSON object per line, or plain lines for a person."""

import json
import logging
import sys
from datetime import UTC, datetime

_EXTRA = ("canary", "task", "run", "port", "version")
_LEVELS = {"debug": 10, "info": 20, "warn": 30, "warning": 30, "error": 40}


class JsonFormatter(logging.Formatter):
    """Keys in the order of Flagger's own logs: level, ts, msg, then what the line is about."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "level": record.levelname.lower(),
            "ts": _timestamp(record.created),
            "msg": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in _EXTRA if hasattr(record, name)}
        if record.exc_info:
            line["stacktrace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class ConsoleFormatter(logging.Formatter):
    """Time, level, canary if there is one, message."""

    def format(self, record: logging.LogRecord) -> str:
        canary = f" [{record.canary}]" if hasattr(record, "canary") else ""
        line = f"{_timestamp(record.created)} {record.levelname:<7}{canary} {record.getMessage()}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _timestamp(created: float) -> str:
    moment = datetime.fromtimestamp(created, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def configure(level: str, encoding: str) -> None:
    """Send the logs of this process to stderr. An unknown ``level`` is info, as with Flagger."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if encoding == "json" else ConsoleFormatter())
    for name in ("loadtester", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
    logging.getLogger("loadtester").setLevel(_LEVELS.get(level, 20))
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
