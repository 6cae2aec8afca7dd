"""`frontend`: read the settings, serve until told to stop."""

import sys
from collections.abc import Sequence

from detail_service.errors import UserError
from detail_service.frontend import settings


def main(argv: Sequence[str] | None = None) -> int:
    """Run the frontend; 0 after a clean stop, 2 for a mistake in the settings or the address."""
    try:
        return run(settings.read(argv))
    except UserError as error:
        print(f"frontend: {error}", file=sys.stderr)
        return 2


def run(chosen: settings.FrontendSettings) -> int:
    """Serve until told to stop; the exit code."""
    from detail_service import logs, serving
    from detail_service.frontend import app
    from detail_service.readiness import Readiness
    from detail_service.settings import Settings

    listener = serving.listen(chosen.host, chosen.port)
    logs.configure(chosen.log_level)
    readiness = Readiness()
    edge = app.build(chosen, readiness)
    serving.settle()
    limits = Settings(drain_seconds=chosen.drain_seconds)
    serving.server(edge, readiness, limits, lifespan=True).run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
