"""Lines and labels of the map: curves between nodes, places on a rim, room that is taken. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Point = tuple[float, float]


@dataclass
class Boxes:
    """What is taken already; labels keep off it."""

    taken: list[tuple[float, float, float, float]] = field(default_factory=list)

    def take(self, x: float, y: float, width: float, height: float) -> bool:
        """Take a box around a point, if it is free."""
        left, right, top, bottom = x - width / 2, x + width / 2, y - height / 2, y + height / 2
        for a, b, c, d in self.taken:
            if left < b and a < right and top < d and c < bottom:
                return False
        self.taken.append((left, right, top, bottom))
        return True

    def force(self, x: float, y: float, width: float, height: float) -> None:
        """Take a box whatever is there."""
        self.taken.append((x - width / 2, x + width / 2, y - height / 2, y + height / 2))


def _controls(one: Point, other: Point, *, is_down: bool) -> tuple[Point, Point]:
    (x, y), (to_x, to_y) = one, other
    if is_down:
        return (x, (y + to_y) / 2), (to_x, (y + to_y) / 2)
    return ((x + to_x) / 2, y), ((x + to_x) / 2, to_y)


def curve(way: Sequence[Point], *, is_down: bool) -> str:
    parts = [f"M{way[0][0]:.1f} {way[0][1]:.1f}"]
    for one, other in pairwise(way):
        c, d = _controls(one, other, is_down=is_down)
        parts.append(f"C{c[0]:.1f} {c[1]:.1f} {d[0]:.1f} {d[1]:.1f} {other[0]:.1f} {other[1]:.1f}")
    return "".join(parts)


def point_along(way: Sequence[Point], place: float, *, is_down: bool) -> Point:
    """A point on the curve, `place` of the way from its first end to its last."""
    exact = place * (len(way) - 1)
    at = min(int(exact), len(way) - 2)
    t = exact - at
    one, other = way[at], way[at + 1]
    c, d = _controls(one, other, is_down=is_down)
    a, b, e, f = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
    return (
        a * one[0] + b * c[0] + e * d[0] + f * other[0],
        a * one[1] + b * c[1] + e * d[1] + f * other[1],
    )


def point_on_rim(x: float, y: float, radius: float, turn: float) -> Point:
    angle = 2 * math.pi * turn
    return x + radius * math.sin(angle), y - radius * math.cos(angle)
