"""`hey`: load on a URL, and what came of it."""

import sys

try:
    import io
    import os
    from collections.abc import Sequence

    from commons.main import run_main
except KeyboardInterrupt:  # before the guard is there: say no more than it would
    sys.exit(130)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; what is wrong with it is one line."""
    return run_main("hey", lambda: _run(sys.argv[1:] if argv is None else argv))


def _run(arguments: Sequence[str]) -> int:
    from loadtester.hey.commands import COMMANDS  # once an interrupt would find the guard
    from loadtester.hey.commands.run import run

    _write_utf8()
    if arguments and arguments[0].startswith("--print-"):
        from loadtester.hey.manual import print_manual

        return print_manual(arguments)
    command = COMMANDS.get(arguments[0]) if arguments else None
    if command is not None:
        return command(arguments[1:], os.environ)
    return run(arguments, os.environ)


def _write_utf8() -> None:
    """hey's bars are UTF-8 whatever the locale, and nothing a target says may stop a report."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
