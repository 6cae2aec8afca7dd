"""The headers that join traces: X-Ray's `X-Amzn-Trace-Id` and W3C's `traceparent`.

An X-Ray trace id, `1-8 digits-24 digits`, is the W3C trace id of 32 hexadecimal digits with dashes
(X-Ray developer guide, "Tracing header"), so that each header can be written as the other. Both are
accepted and both are passed on. When both come, X-Ray's wins; but where they are of one trace, the
caller is W3C's: a proxy on the way that knows `traceparent` alone has put itself there.
`tracestate` goes on unchanged.

Headers are read with suspicion, for they may come from outside: one that is too long or not of its
form is ignored whole. Of X-Ray's, keys may have any case and order and spaces between; unknown keys
are kept, the load balancer's `Self` is dropped (the SDK's parser does both).
"""

import re
from collections.abc import Iterable
from typing import Any

from aws_xray_sdk.core.models.trace_header import TraceHeader

XRAY = b"x-amzn-trace-id"
TRACEPARENT = b"traceparent"
TRACESTATE = b"tracestate"
MAX_BYTES = 512
ROOT = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
PARENT = re.compile(r"[0-9a-f]{16}")
VERSION_00 = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
LATER_VERSION = re.compile(
    r"(?!00|ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?"
)
DECISIONS = frozenset({"0", "1", "?"})
NAMES = {"root": "Root", "parent": "Parent", "sampled": "Sampled", "self": "Self"}


def origin_of(headers: Iterable[tuple[bytes, bytes]]) -> Any | None:
    """The caller's trace as the SDK's TraceHeader; None when no header can be trusted."""
    by_xray = by_w3c = None
    traceparents = 0
    for name, value in headers:
        if name == XRAY:
            by_xray = by_xray or parse_xray(value)
        elif name == TRACEPARENT:
            traceparents += 1
            by_w3c = parse_traceparent(value) if traceparents == 1 else None
    if by_xray is not None and by_w3c is not None and by_xray.root == by_w3c.root:
        return TraceHeader(by_xray.root, by_w3c.parent, by_xray.sampled, by_xray.data)
    return by_xray or by_w3c


def parse_xray(raw: bytes) -> Any | None:
    """The SDK's TraceHeader, or None when the header cannot be trusted to be one."""
    text = raw.decode("latin-1")
    if len(raw) > MAX_BYTES or not (text.isascii() and text.isprintable()):
        return None
    pairs = [_pair(item) for item in text.split(";") if item.strip()]
    found = dict(pairs)
    if not all(name and value for name, value in pairs) or len(found) < len(pairs):
        return None
    if not ROOT.fullmatch(found.get("Root", "")):
        return None
    if not PARENT.fullmatch(found.get("Parent", "0" * 16)):
        return None
    if found.get("Sampled", "?") not in DECISIONS:
        return None
    return TraceHeader.from_header_str(";".join(f"{name}={value}" for name, value in pairs))


def _pair(item: str) -> tuple[str, str]:
    name, _, value = item.partition("=")
    name, value = name.strip(), value.strip()
    canonical = NAMES.get(name.lower(), name)
    return canonical, value.lower() if canonical in ("Root", "Parent") else value.replace("=", "")


def parse_traceparent(raw: bytes) -> Any | None:
    """The same from W3C's header (Trace Context, section 3.2); ids of zeros are invalid."""
    text = raw.decode("latin-1").strip(" \t")
    found = VERSION_00.fullmatch(text)
    if found is None and len(raw) <= MAX_BYTES:
        found = LATER_VERSION.fullmatch(text)
    if found is None:
        return None
    trace, parent, flags = found.groups()
    if not int(trace, 16) or not int(parent, 16):
        return None
    return TraceHeader(root=xray_trace_id(trace), parent=parent, sampled=int(flags, 16) & 1)


def tracestate_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """What other tracing systems left for each other; empty when there is none to pass on."""
    found = [value.decode("latin-1").strip() for name, value in headers if name == TRACESTATE]
    joined = ",".join(value for value in found if value)
    return joined if len(joined) <= MAX_BYTES and joined.isascii() and joined.isprintable() else ""


def xray_trace_id(w3c: str) -> str:
    """`5759e988bd86...` -> `1-5759e988-bd86...`."""
    return f"1-{w3c[:8]}-{w3c[8:]}"


def w3c_trace_id(xray: str) -> str:
    """`1-5759e988-bd86...` -> `5759e988bd86...`."""
    return xray[2:10] + xray[11:]


def traceparent(trace_id: str, parent_id: str, *, sampled: bool) -> str | None:
    """W3C's header for an X-Ray trace id; None for one of zeros, which W3C does not know."""
    w3c = w3c_trace_id(trace_id)
    if not int(w3c, 16):
        return None
    return f"00-{w3c}-{parent_id}-{int(sampled):02x}"
