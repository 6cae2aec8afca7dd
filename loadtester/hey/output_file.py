"""A file that a command is to write at its end: looked at before it starts, written once, whole.

A regular file is replaced by a new one in a single step, so that nobody ever reads half of it and a
full disk leaves the old one as it was. Whatever else the name stands for (a device, a pipe, a link)
is written through and stays what it is, as curl#6882 asks for; replacing `/dev/null` by a file
breaks the machine.
"""

import contextlib
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from commons.errors import UsageError

_PART = ".hey-part-"


@dataclass(frozen=True)
class OutputFile:
    """The file of a flag, known to be writable when the flag was read."""

    path: Path
    through: bool
    """Written through, not replaced."""

    def write(self, text: str) -> None:
        """Write all of it. OSError when that cannot be done after all."""
        shared = _shared_stream(self.path)
        if shared is not None:
            shared.write(text)
            shared.flush()
        elif self.through:
            _write_through(self.path, text)
        else:
            _replace(self.path, text)


def output_file(name: str, flag: str) -> OutputFile:
    """The output file of a name; UsageError when nothing could be written there."""
    try:
        if name.endswith("/"):
            raise ValueError("this names a folder; name a file in it")
        return _checked(Path(name))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{flag} {name}: {reason}") from None


def _checked(path: Path) -> OutputFile:
    if _shared_stream(path) is not None:
        return OutputFile(path, through=True)
    try:
        found = path.stat()
    except FileNotFoundError:
        target = Path(os.path.realpath(path))
        _probe_folder(target.parent)
        return OutputFile(target, through=False)
    if stat.S_ISREG(found.st_mode):
        return _checked_regular(path, found)
    if stat.S_ISDIR(found.st_mode):
        raise ValueError("this is a folder; name a file in it")
    if not (stat.S_ISCHR(found.st_mode) or stat.S_ISFIFO(found.st_mode)):
        raise ValueError("this is neither a file nor a pipe nor a terminal")
    if not os.access(path, os.W_OK):
        raise PermissionError(0, "Permission denied")
    if stat.S_ISCHR(found.st_mode):
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY))
    return OutputFile(path, through=True)


def _checked_regular(path: Path, found: os.stat_result) -> OutputFile:
    if not os.access(path, os.W_OK):
        raise PermissionError(0, "Permission denied")
    target = Path(os.path.realpath(path))
    is_somebodys = path.is_absolute() and path.parts[1] in ("dev", "proc")  # an open descriptor
    if found.st_nlink == 1 and target.exists() and not is_somebodys:
        with contextlib.suppress(OSError):
            _probe_folder(target.parent)
            return OutputFile(target, through=False)
    with path.open("ab"):
        return OutputFile(path, through=True)


def _probe_folder(folder: Path) -> None:
    """OSError when no file can be made there."""
    try:
        with _part_file(folder, 0o666):
            pass
    except FileNotFoundError:
        raise FileNotFoundError(0, f"the folder {folder} is not there") from None


@contextlib.contextmanager
def _part_file(folder: Path, mode: int) -> Iterator[tuple[Path, int]]:
    """A new file in a folder and its descriptor; gone afterwards if it still has its name."""
    path = folder / f"{_PART}{secrets.token_hex(8)}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        yield path, descriptor
    finally:
        os.close(descriptor)
        path.unlink(missing_ok=True)


def _replace(path: Path, text: str) -> None:
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else None
    with _part_file(path.parent, 0o666) as (part, descriptor):
        if mode is not None:
            os.fchmod(descriptor, mode)
        _write_all(descriptor, text)
        os.fsync(descriptor)
        part.replace(path)


def _write_through(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        _write_all(descriptor, text)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, text: str) -> None:
    data = memoryview(text.encode("utf-8", "backslashreplace"))
    while data:
        data = data[os.write(descriptor, data) :]


def _shared_stream(path: Path) -> TextIO | None:
    """Our own standard output or error, when the name is another one of it.

    Opened a second time it would have a position of its own, and each would write over the other.
    """
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        with contextlib.suppress(OSError):
            ours = os.fstat(number)
            if os.path.samestat(found, ours) and not _is_null(ours):
                return stream
    return None


def _is_null(found: os.stat_result) -> bool:
    return stat.S_ISCHR(found.st_mode) and os.path.samestat(found, Path(os.devnull).stat())
