"""Why did it do that? Events of a cluster's Flagger, followed by the control loop."""

from rehearsal.replay.observed import EventFileError, Observed, parse_events, read_events
from rehearsal.replay.replaying import Lost, Parting, Segment, Step, replay

__all__ = [
    "EventFileError",
    "Lost",
    "Observed",
    "Parting",
    "Segment",
    "Step",
    "parse_events",
    "read_events",
    "replay",
]
