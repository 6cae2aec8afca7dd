"""`frontend`: parse the settings, serve until told to stop."""

import sys
from collections.abc import Sequence

from commons.main import run_main


def main(argv: Sequence[str] | None = None) -> int:
    """Run the frontend; 0 after a clean stop, 2 for a mistake in the settings or the address."""
    return run_main("frontend", lambda: _serve(argv))


def _serve(argv: Sequence[str] | None) -> int:
    from detail_service.startup import without_garbage_collection

    with without_garbage_collection():
        from detail_service.frontend import app, settings

        return app.run(settings.parse_settings(argv))


if __name__ == "__main__":
    sys.exit(main())
