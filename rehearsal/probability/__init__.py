"""What a Canary will do before it does it: the odds of every ending, for each traffic and fault.

from rehearsal.probability import Fault, odds

table = odds(canary, [5, 25], [Fault(0.001), Fault(0.02)])

Everything here is pure: values in, values out, no files and no clock.
"""

from rehearsal.probability.model import (
    TEXTBOOK,
    Arrivals,
    Fault,
    Latency,
    Odds,
    OddsTable,
    Setting,
)
from rehearsal.probability.odds import SAMPLES, chance_of_rollback, odds, odds_of
from rehearsal.probability.subject import Subject, subject_of

__all__ = [
    "SAMPLES",
    "TEXTBOOK",
    "Arrivals",
    "Fault",
    "Latency",
    "Odds",
    "OddsTable",
    "Setting",
    "Subject",
    "chance_of_rollback",
    "odds",
    "odds_of",
    "subject_of",
]
