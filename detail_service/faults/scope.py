"""Which requests a fault may hit: pure predicates over a request's path, method and headers."""

from collections.abc import Iterable

from detail_service.faults.spec import FaultSpec

PROTECTED = frozenset(
    {
        "/", "/ping", "/healthz", "/readyz", "/version", "/metrics", "/docs", "/openapi.json",
        "/injectFault", "/resetFault", "/faults",
    }
)  # fmt: skip


def is_protected(path: str) -> bool:
    """Probes, metrics, fault control, documentation and the page: hit only when named in full."""
    return path in PROTECTED or path.startswith("/faults/")


def matches(
    spec: FaultSpec, path: str, method: str, headers: Iterable[tuple[bytes, bytes]]
) -> bool:
    """Whether the request lies within the fault's scope."""
    return (
        _path_matches(spec.path, path)
        and spec.method in (None, method)
        and (spec.header is None or _header_matches(spec.header, headers))
    )


def _path_matches(pattern: str | None, path: str) -> bool:
    if pattern is None:
        return not is_protected(path)
    if pattern == path:
        return True
    return "*" in pattern and not is_protected(path) and _star_matches(pattern, path)


def _star_matches(pattern: str, path: str) -> bool:
    """Whether `path` fits `pattern`, where only `*` is special; linear, without backtracking.

    The first and the last part are tied to the ends; each part between takes the first place
    where it fits, for a later one would leave less room to those that follow.
    """
    first, *middle, last = pattern.split("*")
    if len(path) < len(first) + len(last) or not (path.startswith(first) and path.endswith(last)):
        return False
    place, end = len(first), len(path) - len(last)
    for part in middle:
        place = path.find(part, place, end)
        if place < 0:
            return False
        place += len(part)
    return True


def _header_matches(wanted: str, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    name, colon, value = wanted.partition(":")
    key, expected = name.lower().encode(), value.strip().encode()
    return any(k == key and (not colon or v == expected) for k, v in headers)
