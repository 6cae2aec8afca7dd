"""Nodes and edges of the map in words. Pure."""

from xray_local.pages import wording
from xray_local.service_graph import CLIENT, REMOTE, Edge, Node, Statistics
from xray_local.spans import PROXY

TYPES = {CLIENT: "callers", REMOTE: "sent no spans", PROXY: "proxy"}


def failures(statistics: Statistics) -> list[str]:
    """What share failed how, the worst first; empty when nothing did."""
    found = (
        (statistics.fault, "faults" if statistics.count > 1 else "fault"),
        (statistics.throttle, "throttled"),
        (statistics.error, "errors" if statistics.count > 1 else "error"),
    )
    if statistics.count == 1:
        return [word for n, word in found if n]
    return [f"{wording.percent(n / statistics.count)} {word}" for n, word in found if n]


def outcome(statistics: Statistics) -> str:
    """What became of all, in words."""
    return ", ".join(failures(statistics)) or "all ok"


def description(node: Node, minutes: float) -> str:
    """A node in one sentence."""
    statistics = node.statistics
    if not statistics.count:
        return f"{node.name}: {TYPES.get(node.type, node.type) or 'no requests'}"
    return (
        f"{node.name}: {wording.rate(statistics.count / minutes)},"
        f" average {wording.duration(statistics.durations.mean_s)},"
        f" p99 {wording.duration(statistics.durations.quantile_s(0.99))},"
        f" {outcome(statistics)}"
    )


def edge_description(edge: Edge, minutes: float) -> str:
    """An edge in one sentence."""
    statistics = edge.statistics
    names = f"{wording.printable(edge.caller, 200)} → {wording.printable(edge.callee, 200)}"
    return (
        f"{names}: {counted(statistics.count, 'call')},"
        f" {wording.rate(statistics.count / minutes)},"
        f" average {wording.duration(statistics.durations.mean_s)},"
        f" {outcome(statistics)}"
    )


def counted(count: int, name: str) -> str:
    """A number of things, with an s where there are several."""
    return f"{count:,} {name}{'' if count == 1 else 's'}"
