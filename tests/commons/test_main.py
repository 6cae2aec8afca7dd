"""The guard, with real processes where descriptors and signals are concerned."""

import errno
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from commons import __version__
from commons.errors import Error, UsageError, UserError
from commons.main import run_main

ROOT = Path(__file__).parents[2]
FULL = Path("/dev/full")


def run(body: str, redirect: str = "") -> "subprocess.CompletedProcess[str]":
    """A program whose `main` is `body`, with its descriptors as the shell's `redirect` says."""
    program = (
        "import os, sys\nfrom commons.errors import *\nfrom commons.main import run_main\n"
        f"def main():\n{textwrap.indent(body, '    ')}\n"
        "sys.exit(run_main('prog', main))"
    )
    return subprocess.run(
        ["sh", "-c", f'exec "$0" -c "$1" {redirect}', sys.executable, program],
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def fail(error: BaseException) -> int:
    def function() -> int:
        raise error

    return run_main("prog", function)


def _of(number: int, name: str = "/x/y") -> OSError:
    return OSError(number, os.strerror(number), name)


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (_of(errno.ENAMETOOLONG), 2, "/x/y: file name too long; name another file or folder"),
        (_of(errno.ELOOP), 2, "/x/y: too many levels of symbolic links; name another"),
        (_of(errno.EACCES), 2, "/x/y: permission denied; name another file or folder"),
        (_of(errno.ENOTDIR, "a\nb"), 2, "a b: not a directory; name another"),
        (_of(errno.ENOSPC), 1, "/x/y: no space left on device"),
        (ExceptionGroup("two", [_of(errno.EROFS)]), 1, "/x/y: read-only file system"),
    ],
)
def test_what_the_system_says_of_a_file_is_one_line(
    error: BaseException, code: int, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fail(error) == code
    said = capsys.readouterr().err
    assert said.startswith(f"prog: {text}")
    assert said.count("\n") == 1


@pytest.mark.parametrize("error", [OSError(errno.EBADF, "bad"), _of(errno.EBADF), OSError("x")])
def test_other_errors_of_the_system_are_defects(
    error: OSError, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fail(error) == 1
    assert "This is a defect in prog" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (UserError("a: b"), 2, "prog: a: b\n"),
        (UsageError("--x: bad"), 2, "prog: --x: bad\n"),
        (Error("Envoy ended:\nout of memory"), 1, "prog: Envoy ended: out of memory\n"),
        (KeyboardInterrupt(), 130, "prog: interrupted\n"),
        (SystemExit(3), 3, ""),
        (SystemExit(), 0, ""),
        (SystemExit("why"), 1, "prog: why\n"),
    ],
)
def test_endings(
    error: BaseException, code: int, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fail(error) == code
    assert capsys.readouterr().err == text


@pytest.mark.parametrize(("result", "code"), [(None, 0), (0, 0), (7, 7)])
def test_a_result_is_the_exit_code(result: int | None, code: int) -> None:
    assert run_main("prog", lambda: result) == code


def test_a_line_that_quotes_something_huge_is_shortened(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert fail(UserError(f"a.yaml:1: {'x' * 200_000}: write less")) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("prog: a.yaml:1: xxx")
    assert line.endswith("xxx: write less")
    assert len(line) < 2100


def test_a_defect_is_reported_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ExceptionGroup("many", [ValueError("first\nline"), TypeError("second")])
    except ExceptionGroup as group:
        code = fail(group)
    lines = capsys.readouterr().err.splitlines()
    assert code == 1
    assert lines[0] == "prog: unexpected error: ValueError: first line"
    assert lines[-1] == (
        f"This is a defect in prog {__version__}; please report it with these lines."
    )


def test_a_defect_says_where_it_is_and_what_led_to_it(capsys: pytest.CaptureFixture[str]) -> None:
    def function() -> int:
        try:
            return int("x")
        except ValueError as error:
            raise RuntimeError from error

    assert run_main("prog", function) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "prog: unexpected error: RuntimeError"
    assert lines[1] == "  after ValueError: invalid literal for int() with base 10: 'x'"
    assert f"{__file__}:" in lines[2]
    assert not any("Traceback" in line for line in lines)


@pytest.mark.parametrize("error", [RecursionError("deep"), MemoryError(), GeneratorExit()])
def test_every_exception_has_a_readable_end(
    error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fail(error) == 1
    assert capsys.readouterr().err.startswith(f"prog: unexpected error: {type(error).__name__}")


def test_a_reader_that_left_ends_it_in_silence() -> None:
    ended = subprocess.run(
        ["bash", "-c", 'set -o pipefail; "$0" -c "$1" | head -n 1', sys.executable, PRINTS],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (ended.returncode, ended.stderr) == (141, "")


PRINTS = """
import sys
from commons.main import run_main
def main():
    for _ in range(100000):
        print("x" * 80)
sys.exit(run_main("prog", main))
"""


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full")
@pytest.mark.parametrize(
    "body", ["print('short')", "print('long ' * 100000)", "print(1); return 3"]
)
def test_a_full_disk_is_one_line(body: str) -> None:
    ended = run(body, "> /dev/full")
    assert ended.stderr == "prog: cannot write the output: No space left on device\n"
    assert ended.returncode == (3 if "return 3" in body else 1)


@pytest.mark.parametrize("body", ["print('short')", "sys.stdout.write('x' * 100000)"])
@pytest.mark.parametrize("redirect", [">&-", "<&- >&-"])
def test_a_closed_output_is_one_line_and_no_file_gets_the_text(
    body: str, redirect: str, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    ended = run(f"held = open({str(other)!r}, 'w')\n{body}", redirect)
    assert ended.stderr == "prog: cannot write the output: Bad file descriptor\n"
    assert ended.returncode == 1
    assert other.read_text() == ""


@pytest.mark.parametrize("redirect", ["2>&-", "<&- >&- 2>&-", "2> /dev/full"])
def test_without_stderr_the_exit_code_is_left(redirect: str) -> None:
    ended = run("raise UserError('x')", redirect)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", "")


def test_a_program_that_prints_nothing_needs_no_output() -> None:
    assert run("return 0", "<&- >&- 2>&-").returncode == 0


def test_text_that_the_encoding_cannot_say_is_escaped() -> None:
    ended = run("print('\\udc80 \\xe9')", "")
    assert ended.returncode == 0
    assert "\\udc80" in ended.stdout


def test_an_interrupt_is_one_word() -> None:
    started = subprocess.Popen(
        [sys.executable, "-c", SLEEPS],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert started.stdout is not None
    started.stdout.readline()
    started.send_signal(signal.SIGINT)
    _, errors = started.communicate(timeout=30)
    assert (started.returncode, errors) == (130, "prog: interrupted\n")


SLEEPS = """
import sys, time
from commons.main import run_main
def main():
    print("ready", flush=True)
    time.sleep(60)
sys.exit(run_main("prog", main))
"""
