"""`hey`: load on a URL, and what came of it."""

import io
import os
import sys
from collections.abc import Sequence

from loadtester.hey.commands import COMMANDS
from loadtester.hey.commands.run import run
from loadtester.hey.errors import HeyError
from loadtester.load.errors import LoadError

BAD_USAGE = 2
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; what is wrong with it is one line."""
    _speak_utf8()
    arguments = list(sys.argv[1:] if argv is None else argv)
    command = COMMANDS.get(arguments[0]) if arguments else None
    try:
        if command is not None:
            return command(arguments[1:], os.environ)
        return run(arguments, os.environ)
    except (HeyError, LoadError) as error:
        print("hey:", " ".join(str(error).splitlines()), file=sys.stderr)
        return BAD_USAGE
    except KeyboardInterrupt:
        return INTERRUPTED


def _speak_utf8() -> None:
    """hey's bars are UTF-8 whatever the locale, and nothing a target says may stop a report."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
