"""Reading what a user names as a file: it may be a folder, a pipe, a device without an end."""

import stat
from pathlib import Path

from commons.units import KIB, MIB

_PIECE = MIB


class InputFileError(ValueError):
    """A file that cannot be used; the text is the reason alone, without its name or contents."""

    @property
    def sentence(self) -> str:
        """What to say after the file's name."""
        return f"cannot be read: {self}"


class TooLargeError(InputFileError):
    """A file that is larger than what is read of it, or has no end."""

    @property
    def sentence(self) -> str:
        return str(self)


def read_at_most(path: str | Path, most_bytes: int) -> bytes:
    """All of a file or pipe, if it is no longer than `most_bytes`. InputFileError says why not."""
    data = bytearray()
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a number may be meant too
            while piece := file.read(_PIECE):
                data += piece
                if len(data) > most_bytes:
                    break
    except (OSError, ValueError) as error:  # a NUL in the name is a ValueError
        raise InputFileError(_reason(error)) from error
    if len(data) > most_bytes:
        raise TooLargeError(f"is larger than {_size(most_bytes)}")
    return bytes(data)


def check_ends(path: str | Path) -> None:
    """InputFileError when a library that is given the name could not read it to an end."""
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError) as error:
        raise InputFileError(_reason(error)) from error
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
        raise InputFileError("is neither a file nor a pipe")


def _size(count_bytes: int) -> str:
    if count_bytes < MIB:
        return f"{count_bytes // KIB} KiB"
    return f"{count_bytes // MIB} MiB"


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def is_file(path: Path) -> bool:
    """Whether it is a file that can be looked at; False for what cannot even be a name."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Whether it is a folder that can be looked at; False for what cannot even be a name."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
