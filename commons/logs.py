"""Log lines: one JSON object each, or plain text for a person."""

import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def timestamp(epoch_s: float) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return f"{_second(int(epoch_s))}.{int(epoch_s % 1 * 1000):03d}Z"


@lru_cache(maxsize=4)  # many lines are written within a second
def _second(epoch_s: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(epoch_s))


class JsonFormatter(logging.Formatter):
    """`{"ts": ..., "level": ..., "logger": ..., "msg": ...}` and what the line is about.

    `keys` says which of ts, level, logger and msg are there, and their order. Then come the items
    of `context()`, the attributes of the record that `extras` names, the mapping in its attribute
    `fields`, and the traceback under `exception`.
    """

    def __init__(
        self,
        keys: Sequence[str] = ("ts", "level", "logger", "msg"),
        *,
        extras: Iterable[str] = (),
        context: Callable[[], Mapping[str, object]] = dict,
        exception: str = "exception",
        separators: tuple[str, str] = (", ", ": "),
    ) -> None:
        super().__init__()
        self._keys = tuple(keys)
        self._extras = tuple(extras)
        self._context = context
        self._exception = exception
        self._separators = separators

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end; a line break in a message does not break it."""
        known = {
            "ts": timestamp(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "msg": record.getMessage(),
        }
        line: dict[str, object] = {key: known[key] for key in self._keys}
        line.update(self._context())
        line.update({name: getattr(record, name) for name in self._extras if hasattr(record, name)})
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line[self._exception] = self.formatException(record.exc_info)
        text = json.dumps(line, ensure_ascii=False, default=str, separators=self._separators)
        return text.encode("utf-8", "backslashreplace").decode()  # a lone surrogate is no UTF-8


class ConsoleFormatter(logging.Formatter):
    """Time, level, what the line is about, message."""

    def __init__(self, *, extras: Iterable[str] = ()) -> None:
        super().__init__()
        self._extras = tuple(extras)

    def format(self, record: logging.LogRecord) -> str:
        """The line, and below it the traceback if there is one."""
        about = [f" [{getattr(record, name)}]" for name in self._extras if hasattr(record, name)]
        message = record.getMessage().replace("\n", "\\n")
        line = f"{timestamp(record.created)} {record.levelname:<7}{''.join(about)} {message}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line
