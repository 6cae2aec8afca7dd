"""`xray`: traces of X-Ray and OpenTelemetry on this machine. See `xray --help`."""

import os
import sys
from collections.abc import Sequence

from commons.errors import UserError
from commons.main import run_main

_EXTRA = ("google", "opentelemetry")


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until told to stop; the exit code: 0, or 2 after one line about what is wrong."""
    return run_main("xray", lambda: serve(sys.argv[1:] if argv is None else argv))


def serve(argv: Sequence[str]) -> None:
    """Read the settings, then import what they need and serve."""
    try:
        from xray_local import settings  # imported under the guard, as is all that follows

        chosen = settings.parse(argv, os.environ)
        from xray_local import server
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in _EXTRA:
            raise UserError(
                f"{error.name} is not installed: pip install 'canary-rehearsal[xray]'"
            ) from None
        raise
    server.serve(chosen)


if __name__ == "__main__":
    sys.exit(main())
