"""Whether anybody has committed to a SQLite file in WAL mode, without asking SQLite.

The index of the log, the file `-shm`, is memory that all processes share that have the database
open. It begins with a header that every commit rewrites: among others a counter of transactions and
a checksum ("WAL-mode File Format" in SQLite's documentation, section 2.1). While its 48 bytes are
what they were before a read, what was read is still so, whoever else may write. A header caught
half rewritten differs as well, and costs no more than a read.
"""

import contextlib
import mmap
import os
from pathlib import Path

_HEADER_BYTES = 48
_kept: list[object] = []
"""Maps that must not be closed: POSIX drops all locks that a process has on a file as soon as it
closes any descriptor of that file, and SQLite's locks are on this one."""


class WalIndex:
    """The header of the log's index beside the database at `path`, mapped."""

    def __init__(self, path: Path) -> None:
        self._descriptor = -1
        self._map: mmap.mmap | None = None
        with contextlib.suppress(OSError, ValueError):  # then every look-up is a read
            self._descriptor = os.open(path.with_name(path.name + "-shm"), os.O_RDONLY)
            self._map = mmap.mmap(self._descriptor, _HEADER_BYTES, prot=mmap.PROT_READ)

    def version(self) -> bytes | None:
        """Equal bytes mean that nobody has committed in between; None: it cannot be told."""
        return self._map[:_HEADER_BYTES] if self._map is not None else None

    def close(self) -> None:
        """To be called when the connections of this process are closed."""
        if self._descriptor < 0:
            return
        if os.fstat(self._descriptor).st_nlink:  # somebody has the database open: maybe we have
            _kept.append((self._map, self._descriptor))
        else:
            if self._map is not None:
                self._map.close()
            os.close(self._descriptor)
        self._descriptor, self._map = -1, None
