"""One recording of a rehearsal: typed records, appended once, read by many subscribers."""

from rehearsal.recording.recording import Recording, Subscriber
from rehearsal.recording.records import Record

__all__ = ["Record", "Recording", "Subscriber"]
