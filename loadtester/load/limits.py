"""How much a plan may ask for. Beyond these a mistake is likelier than a wish, and costs hours."""

from fractions import Fraction

from commons.units import MIB, NS_PER_S, S_PER_DAY

MAX_RATE_RPS = 1_000_000
"""All workers or processes together; more than any machine this runs on sends."""
MIN_RATE_RPS = Fraction(1, 1_000_000)
"""But for 0: an arrival in eleven days."""
MAX_DRAWN_RATE_RPS = 100_000
"""Of arrivals that are drawn one after the other: poisson."""
MAX_CONNECTIONS = 100_000
MAX_PROCESSES = 256
MAX_REQUESTS = 10**12
MAX_DURATION_S = 366 * S_PER_DAY
MAX_DURATION_NS = MAX_DURATION_S * NS_PER_S
MAX_STAGES = 1_000
MAX_REPLAY_BYTES = 64 * MIB
MAX_BODY_BYTES = 256 * MIB
