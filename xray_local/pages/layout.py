"""Where the nodes and edges of a map go: layers from the callers to the callees. Pure.

This is the method of Sugiyama, Tagawa and Toda (1981) in its plain form: edges that close a circle
are turned, a node's layer is the longest way to it, an edge across layers passes a place in each,
places are ordered by the mean of their neighbours, and pushed apart from where they would like to
be. Layers are numbered from 0; positions across them are in units of one node, centred on 0.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 6
_PASSING = 0.62
"""The room of a place that an edge only passes, in nodes."""

Pair = tuple[str, str]
Place = tuple[str, str, int]
"""A node is `(name, "", layer)`; where an edge passes a layer is `(caller, callee, layer)`."""


@dataclass(frozen=True)
class Layout:
    """`nodes` by name: layer and position. `edges`: what they pass, from caller to callee.

    Of an edge from a node to itself nothing is passed.
    """

    nodes: Mapping[str, tuple[int, float]]
    edges: Mapping[Pair, tuple[tuple[int, float], ...]]
    layers: int
    width: float
    """From the first to the last position of the widest layer."""


def lay_out(names: Sequence[str], edges: Sequence[Pair]) -> Layout:
    """The layout of a graph; edges must be between the names. Same input, same layout."""
    turned = _turned(names, edges)
    downward = list(dict.fromkeys((b, a) if (a, b) in turned else (a, b) for a, b in edges))
    downward = [(a, b) for a, b in downward if a != b]
    layers = _layers(names, downward)
    paths = {(a, b): _path(a, b, layers) for a, b in downward}
    rows = _rows(names, layers, paths)
    below, above = _neighbours(paths)
    for sweep in range(_SWEEPS):
        order = rows[1:] if sweep % 2 == 0 else rows[-2::-1]
        for row in order:
            _sort(row, above if sweep % 2 == 0 else below, _ranks(rows))
    at = _positions(rows, above, below)
    nodes = {name: (layers[name], at[name, "", layers[name]]) for name in names}
    ways = {}
    for a, b in edges:
        path = paths.get((b, a) if (a, b) in turned else (a, b), ())
        way = tuple((place[2], at[place]) for place in path)
        ways[a, b] = way[::-1] if (a, b) in turned else way
    spread = max((abs(x) for x in at.values()), default=0.0)
    return Layout(nodes, ways, len(rows), 2 * spread)


def _turned(names: Sequence[str], edges: Sequence[Pair]) -> set[Pair]:
    """The edges that lead back to a node on the way to them."""
    onward: dict[str, list[str]] = {name: [] for name in names}
    for a, b in edges:
        onward[a].append(b)
    found: set[Pair] = set()
    state: dict[str, int] = {}
    for first in names:
        waiting = [(first, False)]
        while waiting:
            name, is_done = waiting.pop()
            if is_done:
                state[name] = 2
            elif name not in state:
                state[name] = 1
                waiting.append((name, True))
                for after in onward[name]:
                    if state.get(after) == 1:
                        found.add((name, after))
                    elif after not in state:
                        waiting.append((after, False))
    return {(a, b) for a, b in found if a != b}


def _layers(names: Sequence[str], downward: Sequence[Pair]) -> dict[str, int]:
    layers = dict.fromkeys(names, 0)
    degree = dict.fromkeys(names, 0)
    onward: dict[str, list[str]] = {name: [] for name in names}
    for a, b in downward:
        onward[a].append(b)
        degree[b] += 1
    ready = [name for name in names if not degree[name]]
    for name in ready:
        for after in onward[name]:
            layers[after] = max(layers[after], layers[name] + 1)
            degree[after] -= 1
            if not degree[after]:
                ready.append(after)
    return layers


def _path(a: str, b: str, layers: Mapping[str, int]) -> tuple[Place, ...]:
    first, last = layers[a], layers[b]
    passed = [(a, b, layer) for layer in range(first + 1, last)]
    return ((a, "", first), *passed, (b, "", last))


def _rows(
    names: Sequence[str], layers: Mapping[str, int], paths: Mapping[Pair, tuple[Place, ...]]
) -> list[list[Place]]:
    rows: list[list[Place]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for name in names:
        rows[layers[name]].append((name, "", layers[name]))
    for path in paths.values():
        for place in path[1:-1]:
            rows[place[2]].append(place)
    return rows


Neighbours = dict[Place, list[Place]]


def _neighbours(paths: Mapping[Pair, tuple[Place, ...]]) -> tuple[Neighbours, Neighbours]:
    below: Neighbours = {}
    above: Neighbours = {}
    for path in paths.values():
        for one, other in pairwise(path):
            below.setdefault(one, []).append(other)
            above.setdefault(other, []).append(one)
    return below, above


def _ranks(rows: Sequence[Sequence[Place]]) -> dict[Place, float]:
    return {p: i - (len(row) - 1) / 2 for row in rows for i, p in enumerate(row)}


def _sort(row: list[Place], neighbours: Neighbours, ranks: Mapping[Place, float]) -> None:
    row.sort(key=lambda place: _mean(place, neighbours, ranks))


def _mean(place: Place, neighbours: Neighbours, at: Mapping[Place, float]) -> float:
    found = neighbours.get(place)
    return sum(at[one] for one in found) / len(found) if found else at[place]


def _positions(
    rows: Sequence[Sequence[Place]], above: Neighbours, below: Neighbours
) -> dict[Place, float]:
    at = _ranks(rows)
    for row in rows:
        _push_apart(row, at, at.__getitem__)
    for neighbours, order in ((above, rows), (below, rows[::-1]), (above, rows)):
        for row in order:
            wishes = {place: _mean(place, neighbours, at) for place in row}
            _push_apart(row, at, wishes.__getitem__)
    middle = (max(at.values(), default=0.0) + min(at.values(), default=0.0)) / 2
    return {place: x - middle for place, x in at.items()}


def _push_apart(
    row: Sequence[Place], at: dict[Place, float], wish: Callable[[Place], float]
) -> None:
    """Each as near to its wish as their order and their room allow: the mean of two extremes."""
    right: list[float] = []
    for i, place in enumerate(row):
        least = right[-1] + _room(row[i - 1], place) if right else wish(place)
        right.append(max(least, wish(place)))
    left: list[float] = []
    for i in range(len(row) - 1, -1, -1):
        most = left[-1] - _room(row[i], row[i + 1]) if left else wish(row[i])
        left.append(min(most, wish(row[i])))
    for place, one, other in zip(row, right, reversed(left), strict=True):
        at[place] = (one + other) / 2


def _room(one: Place, other: Place) -> float:
    return sum(_PASSING if place[1] else 1.0 for place in (one, other)) / 2
