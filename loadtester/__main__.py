"""``loadtester``: Flagger's load tester, and more. See ``loadtester --help``."""

import os
import sys
from collections.abc import Sequence

from loadtester.webhooks.errors import UsageError
from loadtester.webhooks.logs import configure
from loadtester.webhooks.settings import parse


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until told to stop; the exit code: 0, or 2 after one line about what is wrong."""
    try:
        settings = parse(sys.argv[1:] if argv is None else argv, os.environ)
        configure(settings.log_level, settings.zap_encoding)
        from loadtester.webhooks.server import serve  # after the flags: it takes a while to import

        serve(settings)
    except UsageError as error:
        print(f"loadtester: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
