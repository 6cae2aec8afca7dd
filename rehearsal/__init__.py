"""rehearsal: a Flagger canary, played on one machine."""

from commons import __version__

__all__ = ["__version__"]
