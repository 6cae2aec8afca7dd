"""The dice: a pure function of seed and counter, without any state.

A draw is the splitmix64 finaliser (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
Generators, 2014) over `seed + counter * golden ratio`, taken a second time with the stream mixed
in. So the n-th matching request of a fault always gets the same draws, whatever other faults, other
processes or the wall clock do. Streams keep independent questions about one request apart.
"""

from dataclasses import dataclass

GOLDEN = 0x9E3779B97F4A7C15
MASK = 0xFFFFFFFFFFFFFFFF

SELECTION, FIRST, SECOND = 0, 1, 2


def mix(word: int) -> int:
    """The splitmix64 finaliser: 64 bits in, 64 well-stirred bits out."""
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
    return word ^ (word >> 31)


def draw(seed: int, counter: int, stream: int = SELECTION) -> float:
    """A number in [0, 1), uniform over counters and independent between streams and seeds."""
    word = mix((mix(seed & MASK) + counter * GOLDEN) & MASK)
    return (mix((word + (stream + 1) * GOLDEN) & MASK) >> 11) * 2.0**-53


def is_selected(rate: float, seed: int, counter: int) -> bool:
    """Whether the request with this counter is hit; never at rate 0, always at rate 1."""
    return draw(seed, counter, SELECTION) < rate


@dataclass(frozen=True, slots=True)
class Draws:
    """The further draws of one request: latency, place of the damage."""

    seed: int
    counter: int

    @property
    def first(self) -> float:
        return draw(self.seed, self.counter, FIRST)

    @property
    def second(self) -> float:
        return draw(self.seed, self.counter, SECOND)
