"""The measures that a threshold can be about, one file per family."""

from loadtester.thresholds.measures import failures, latency, outcomes, volume
from loadtester.thresholds.measures.base import Family, Measure

FAMILIES: tuple[Family, ...] = (latency.find, failures.find, outcomes.find, volume.find)
EXAMPLES: tuple[str, ...] = (
    *latency.EXAMPLES,
    *failures.EXAMPLES,
    *outcomes.EXAMPLES,
    *volume.EXAMPLES,
)


def find(name: str) -> Measure | None:
    """The measure of a name, or None if no family knows it."""
    return next((measure for family in FAMILIES if (measure := family(name))), None)
