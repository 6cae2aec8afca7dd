"""`detail`: read the settings, serve until told to stop."""

import sys
from collections.abc import Sequence

from detail_service import settings
from detail_service.errors import UserError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the service; 0 after a clean stop, 2 for a mistake in the settings or the address."""
    try:
        chosen = settings.read(argv)
        from detail_service import serving

        return serving.run(chosen)
    except UserError as error:
        print(f"detail: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
