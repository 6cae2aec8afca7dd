"""The guard around every program: whatever happens, what is printed can be read.

It imports little, so that an interrupt finds it in place early: a program's `__main__` imports the
rest of the program inside the function that it hands in.
"""

import contextlib
import errno
import io
import os
import sys
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

from commons import __version__
from commons.errors import Error

FAILED = 1
INTERRUPTED = 130  # 128 + SIGINT, as shells report it
PIPE_CLOSED = 141  # 128 + SIGPIPE
_MOST_FRAMES = 12
_BAD_NAME = 2
_OF_THE_NAME = (errno.ENAMETOOLONG, errno.ELOOP, errno.EACCES, errno.ENOTDIR, errno.EISDIR)
"""What the system says of names that it is given: mistakes of whoever gave them."""
_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO)
_MOST_LINE_CHARS = 2000


def run_main(prog: str, function: Callable[[], int | None]) -> int:
    """Run a program and return its exit code; None counts as 0.

    Error is one line and its own exit code, and so is what the system says of a file's name. A
    closed output pipe is silent and 141; an output that cannot be written is one line and 1; an
    interrupt is one word and 130; anything else is a defect, reported with the places it came
    through, and 1.
    """
    _open_standard_descriptors()
    output = _watch_output()
    try:
        try:
            code = function() or 0
        except SystemExit as ending:
            code = _exit_code(prog, ending)
        except Error as error:
            _complain("\n".join(f"{prog}: {shortened(line)}" for line in error.lines()))
            code = error.exit_code
        except KeyboardInterrupt:
            _complain(f"{prog}: interrupted")
            code = INTERRUPTED
        except BaseException as error:
            code = FAILED if _output_error(output) else _report_other(prog, error)
        return _flush(prog, code, output)
    except KeyboardInterrupt:  # a second one, in the middle of saying so
        return INTERRUPTED


def one_line(text: str) -> str:
    """Text without line breaks."""
    return " ".join(text.splitlines())


def shortened(line: str) -> str:
    """A line that quotes something huge, without its middle: what to do stands at the end."""
    half = _MOST_LINE_CHARS // 2
    left_out = len(line) - 2 * half
    return line if left_out <= 0 else f"{line[:half]} …{left_out} characters… {line[-half:]}"


def _exit_code(prog: str, ending: SystemExit) -> int:
    if ending.code is None or isinstance(ending.code, int):
        return ending.code or 0
    _complain(f"{prog}: {one_line(str(ending.code))}")
    return FAILED


def _report_other(prog: str, error: BaseException) -> int:
    inner = _innermost(error)
    if isinstance(inner, OSError) and isinstance(inner.filename, str | bytes):
        reason = (inner.strerror or "").lower()
        text = shortened(one_line(f"{os.fsdecode(inner.filename)}: {reason}"))
        if inner.errno in _OF_THE_NAME:
            _complain(f"{prog}: {text}; name another file or folder")
            return _BAD_NAME
        if inner.errno in _OF_THE_DISK:
            _complain(f"{prog}: {text}")
            return FAILED
    return _report(prog, error)


def _report(prog: str, error: BaseException) -> int:
    lines = [f"{prog}: unexpected error: {_describe(error)}"]
    for cause in _causes(error):
        lines += [f"  after {_describe(cause)}"]
    lines += [f"  at {place}" for place in _places(_innermost(error))]
    lines += [f"This is a defect in {prog} {__version__}; please report it with these lines."]
    _complain("\n".join(lines))
    return FAILED


def _describe(error: BaseException) -> str:
    inner = _innermost(error)
    text = one_line(str(inner))[:1000]
    return f"{type(inner).__name__}: {text}" if text else type(inner).__name__


def _innermost(error: BaseException) -> BaseException:
    """The first error in a group of them, however deep."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = {id(error)}
    cause = _innermost(error).__cause__
    while cause is not None and id(cause) not in seen and len(seen) < _MOST_FRAMES:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__


def _places(error: BaseException) -> list[str]:
    """Where it came from, innermost first."""
    places: list[str] = []
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_qualname}")
        trace = trace.tb_next
    places.reverse()
    return places[:_MOST_FRAMES]


def _open_standard_descriptors() -> None:
    """Where 0, 1 or 2 is closed, open it the wrong way round: using it then fails with EBADF.

    Otherwise the next file or socket would get that number, and printed text would end up in it
    (the gnulib module stdopen does the same).
    """
    for number, flags in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_RDONLY)):
        try:
            os.fstat(number)
        except OSError:
            with contextlib.suppress(OSError):
                os.open(os.devnull, flags)
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


class _Output(io.FileIO):
    """Standard output that remembers why it could not be written."""

    error: OSError | None = None

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self.error = error
            raise


def _watch_output() -> _Output | None:
    """Put `_Output` below sys.stdout; None where that is not the process's own.

    No text may stop a report: what the encoding cannot say is escaped.
    """
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="backslashreplace")
    before = sys.stdout
    if before is not sys.__stdout__ or not isinstance(before, io.TextIOWrapper | None):
        return None
    if before is not None:
        before.flush()
    output = _Output(1, "w", closefd=False)
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(output),
        before.encoding if before else "utf-8",
        "backslashreplace",
        line_buffering=output.isatty(),
    )
    return output


def _complain(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # stderr full or closed: nobody to tell
        print(text, file=sys.stderr, flush=True)


def _flush(prog: str, code: int, output: _Output | None) -> int:
    """The exit code, once all that was printed is delivered or known not to be."""
    error = _output_error(output)
    if error is None:
        return code
    if isinstance(error, BrokenPipeError):
        return PIPE_CLOSED
    _complain(f"{prog}: cannot write the output: {error.strerror or error}")
    return code or FAILED


def _output_error(output: _Output | None) -> OSError | None:
    """Why what was printed is not delivered; then the rest of it is dropped."""
    if output is None:
        return None
    try:
        sys.stdout.flush()
    except (OSError, ValueError):  # ValueError: closed by the program itself
        null = os.open(os.devnull, os.O_WRONLY)  # so that the flush at exit succeeds
        os.dup2(null, 1)
        os.close(null)
    return output.error
