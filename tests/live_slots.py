"""How many rehearsals tests play at once: each wants most of a processor and a clock that keeps up.

Tests marked e2e take one of two slots, across all workers and all checkouts of a user, and wait
for it outside their own time. Their files are spread over a run, so that workers seldom wait.
"""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SLOTS = 2
_POLL_S = 0.1
# Where in a run, from 0 to 1, the long files begin, so that about two go on at any time.
_STARTS = {
    "test_run": 0.0,
    "test_tutorial": 0.0,
    "test_page": 0.2,
    "test_podinfo": 0.32,
    "test_grpc": 0.4,
    "test_endings": 0.48,
}
_SHORT = (0.5, 0.8)


@contextmanager
def slot() -> Iterator[None]:
    """Hold one of the slots; a process that dies gives it back."""
    folder = Path(tempfile.gettempdir()) / f"canary-rehearsal-tests-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    files = [(folder / f"slot-{number}").open("w") for number in range(SLOTS)]
    try:
        while not any(map(_is_taken, files)):
            time.sleep(_POLL_S)
        yield
    finally:
        for file in files:
            file.close()


def _is_taken(file: object) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # type: ignore[arg-type]
    except BlockingIOError:
        return False
    return True


def spread(items: list[pytest.Item]) -> list[pytest.Item]:
    """The items file by file, those that rehearse among the others."""
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.nodeid.partition("::")[0], []).append(item)
    live = [name for name in files if any(one.get_closest_marker("e2e") for one in files[name])]
    others = [name for name in files if name not in set(live)]
    placed = [((number + 0.5) / len(others), name) for number, name in enumerate(others)]
    placed += zip(_starts(live), live, strict=True)
    return [item for _, name in sorted(placed) for item in files[name]]


def _starts(names: list[str]) -> Iterator[float]:
    first, last = _SHORT
    short = [name for name in names if Path(name).stem not in _STARTS]
    for name in names:
        if name in short:
            yield first + (last - first) * short.index(name) / len(short)
        else:
            yield _STARTS[Path(name).stem]
