"""`loadtester`: Flagger's load tester, and more. See `loadtester --help`."""

import os
import sys
from collections.abc import Sequence

from commons.main import run_main


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until told to stop; the exit code: 0, or 2 after one line about what is wrong."""
    return run_main("loadtester", lambda: serve(sys.argv[1:] if argv is None else argv))


def serve(argv: Sequence[str]) -> None:
    """Read the settings, then import what they need and serve."""
    from loadtester.webhooks import settings  # imported under the guard, as is all that follows
    from loadtester.webhooks.access import secrecy

    chosen = secrecy.conceal(settings.parse(argv, os.environ), argv, os.environ)
    from loadtester.webhooks import logs, server

    logs.configure(chosen.log_level, chosen.zap_encoding)
    server.serve(chosen)


if __name__ == "__main__":
    sys.exit(main())
