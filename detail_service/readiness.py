"""Whether this replica wants traffic."""

from dataclasses import dataclass


@dataclass(slots=True)
class Readiness:
    """Ready from the start; draining once told to stop, and never back."""

    draining: bool = False

    @property
    def word(self) -> str:
        return "draining" if self.draining else "ready"
