"""Output files: tried before anything starts, so that a run is never lost at its end."""

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from rehearsal.errors import RehearsalError, UserError


class OutputFile:
    """A file that can be written, or UserError at once; a regular one is replaced as a whole.

    Devices, pipes and links are written through.
    """

    def __init__(self, path: Path, option: str) -> None:
        self.path = path
        self._option = option
        try:
            self._check()
        except OSError as error:
            raise UserError(
                f"{option} {path}: {(error.strerror or 'cannot be written').lower()};"
                " name a file that can be written"
            ) from None

    def write(self, text: str) -> None:
        """Write all of it; RehearsalError when the disk does not take it."""
        try:
            if self._is_replaced():
                self._replace(text)
            else:
                self.path.write_text(text)
        except OSError as error:
            raise RehearsalError(
                f"{self._option} {self.path}: {(error.strerror or 'not written').lower()}"
            ) from None

    def _check(self) -> None:
        if self.path.is_dir():
            raise IsADirectoryError(21, "is a folder")
        if self._is_replaced():
            with tempfile.TemporaryFile(dir=self.path.parent):
                pass
            if self.path.exists() and not os.access(self.path, os.W_OK):
                raise PermissionError(13, "permission denied")
        elif not os.access(self.path, os.W_OK):
            raise PermissionError(13, "permission denied")

    def _is_replaced(self) -> bool:
        try:
            return stat.S_ISREG(self.path.lstat().st_mode)
        except FileNotFoundError:
            return True

    def _replace(self, text: str) -> None:
        descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(descriptor, "w") as sink:
                sink.write(text)
            Path(name).chmod(self._mode())
            Path(name).replace(self.path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise

    def _mode(self) -> int:
        with contextlib.suppress(OSError):
            return stat.S_IMODE(self.path.stat().st_mode)
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def check_folder(path: Path, option: str) -> Path:
    """A folder that is there or can be made, and written to; UserError otherwise."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as error:
        reason = (error.strerror or "cannot be written").lower()
        raise UserError(f"{option} {path}: {reason}; name a folder that can be written") from None
