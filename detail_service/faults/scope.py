"""Whom a fault may hit: pure predicates over a request's path, method and headers."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from detail_service.faults.plan import Plan

PROTECTED = frozenset(
    {
        "/", "/ping", "/healthz", "/readyz", "/version", "/metrics", "/docs", "/openapi.json",
        "/injectFault", "/resetFault", "/faults",
    }
)  # fmt: skip


def protected(path: str) -> bool:
    """Probes, metrics, fault control, documentation and the page: hit only when named in full."""
    return path in PROTECTED or path.startswith("/faults/")


def matches(plan: Plan, path: str, method: str, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether the request lies within the fault's scope."""
    return (
        _path_matches(plan.path, path)
        and plan.method in (None, method)
        and (plan.header is None or _header_matches(plan.header, headers))
    )


def _path_matches(pattern: str | None, path: str) -> bool:
    if pattern is None:
        return not protected(path)
    if pattern == path:
        return True
    if "*" not in pattern or protected(path):
        return False
    literal = pattern.replace("[", "[[]").replace("?", "[?]")
    return fnmatchcase(path, literal)


def _header_matches(wanted: str, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    name, colon, value = wanted.partition(":")
    key, expected = name.lower().encode(), value.strip().encode()
    return any(k == key and (not colon or v == expected) for k, v in headers)
