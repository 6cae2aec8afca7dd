"""`frontend`: parse the settings, serve until told to stop."""

import sys
from collections.abc import Sequence

from commons.main import run_main


def main(argv: Sequence[str] | None = None) -> int:
    """Run the frontend; 0 after a clean stop, 2 for a mistake in the settings or the address."""
    return run_main("frontend", lambda: _serve(argv))


def _serve(argv: Sequence[str] | None) -> int:
    from detail_service.frontend import settings

    chosen = settings.parse_settings(argv)
    from commons.sockets import listen
    from detail_service import logs, serving
    from detail_service.frontend import app
    from detail_service.replica import Readiness
    from detail_service.settings import Settings

    listener = listen(chosen.host, chosen.port)
    logs.configure(chosen.log_level)
    readiness = Readiness()
    edge = app.create_edge(chosen, readiness)
    serving.freeze_garbage()
    limits = Settings(drain_seconds=chosen.drain_seconds)
    serving.create_server(edge, readiness, limits, lifespan=True).run(sockets=[listener])
    edge.tracer.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
