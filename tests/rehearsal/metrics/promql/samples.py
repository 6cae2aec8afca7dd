"""The series that `recorded.json` was recorded over: counters, buckets, gauges and odd ones.

Everything follows from formulas, so that a recording can be made anew without shipping samples.
"""

import math

from rehearsal.metrics.series import MS_PER_S, SeriesStore

Points = list[tuple[int, float]]

END_S = 600
PODS = ("detail-6b7-abcde", "detail-6b7-fghij", "detail-primary-9x8-vwxyz")
BUCKETS = {"0.1": 3, "0.5": 7, "1": 9, "+Inf": 10}


def _every(gap_s: int, end_s: int = END_S) -> range:
    return range(0, end_s + 1, gap_s)


def _counter(seed: int, size: int, gap_s: int, reset_s: int = -1) -> Points:
    """A counter that rises by 0 to `size` - 1, the same every time."""
    state, total, points = seed, 0, Points()
    for at_s in _every(gap_s):
        state = (state * 1_103_515_245 + 12_345) % 2**31
        total = 0 if at_s == reset_s else total + (state >> 16) % size
        points.append((at_s, float(total)))
    return points


def _requests() -> list[tuple[dict[str, str], Points]]:
    found = []
    for number, pod in enumerate(PODS):
        for code in ("200", "404", "500"):
            reset_s = 300 if pod == PODS[1] else -1
            points = _counter(number * 1000 + int(code), 9 if code == "200" else 2, 5, reset_s)
            if pod == PODS[0] and code == "500":
                points = [point for point in points if point[0] >= 420]
            labels = {"__name__": "rq", "pod": pod, "code": code, "ns": "demo"}
            found.append((labels, points))
    return found


def _buckets() -> list[tuple[dict[str, str], Points]]:
    found = []
    for number, pod in enumerate(PODS):
        steps = _counter(number + 77, 5, 15)
        for le, share in BUCKETS.items():
            labels = {"__name__": "lat_bucket", "pod": pod, "le": le}
            found.append((labels, [(at_s, value * share) for at_s, value in steps]))
    return found


def _gauges() -> list[tuple[dict[str, str], Points]]:
    found = []
    for pod, base in (("a", 1.0), ("b", 3.0), ("c", -2.5), ("d", math.nan)):
        zone = "x" if pod < "c" else "y"
        waves = [(at_s, base + (at_s % 70 - 30) / 40) for at_s in _every(10)]
        found += [
            ({"__name__": "g", "pod": pod, "zone": zone}, waves),
            ({"__name__": "h", "pod": pod}, [(t, 10.0 * (1 + t % 7)) for t in _every(10)]),
            (
                {"__name__": "info", "pod": pod, "version": f"v{pod}"},
                [(t, 1.0) for t in _every(10)],
            ),
        ]
    return found


def _odd() -> list[tuple[dict[str, str], Points]]:
    infinite = math.inf
    return [
        ({"__name__": "one"}, [(t, t / 3) for t in _every(30)]),
        ({"__name__": "old"}, [(t, 5.0) for t in _every(30, 180)]),
        ({"__name__": "big"}, [(t, 1e15 + t * 1e3) for t in _every(30)]),
        ({"__name__": "frac"}, [(t, 0.1 * t) for t in _every(30)]),
        ({"__name__": "infinite", "s": "+"}, [(t, infinite) for t in _every(30)]),
        ({"__name__": "infinite", "s": "-"}, [(t, -infinite) for t in _every(30)]),
        ({"__name__": "badle_bucket", "le": "abc"}, [(t, float(t)) for t in _every(30)]),
        ({"__name__": "badle_bucket", "le": "1"}, [(t, t / 2) for t in _every(30)]),
        ({"__name__": "badle_bucket", "le": "+Inf"}, [(t, float(t)) for t in _every(30)]),
        ({"__name__": "epoch"}, [(t, 1_700_000_000.0 + t * 100_000) for t in _every(30)]),
    ]


SERIES = [*_requests(), *_buckets(), *_gauges(), *_odd()]


def filled_store() -> SeriesStore:
    """All of it in a store."""
    store = SeriesStore(retention_s=3600)
    for labels, points in SERIES:
        series = store.series(labels)
        for at_s, value in points:
            series.append(at_s * MS_PER_S, value)
    return store
