"""`X-Amzn-Trace-Id`, read with suspicion: it may come from outside.

Keys in any case and order, spaces tolerated; unknown keys kept, the load balancer's `Self` dropped
(the SDK's parser does both). A header that is too long, or whose ids are not of X-Ray's form, is
ignored whole.
"""

import re
from typing import Any

from aws_xray_sdk.core.models.trace_header import TraceHeader

LONGEST_BYTES = 512
ROOT = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
PARENT = re.compile(r"[0-9a-f]{16}")
SAMPLED = frozenset({"0", "1", "?"})
NAMES = {"root": "Root", "parent": "Parent", "sampled": "Sampled", "self": "Self"}


def parse(raw: bytes) -> Any | None:
    """The SDK's TraceHeader, or None when the header cannot be trusted to be one."""
    if len(raw) > LONGEST_BYTES:
        return None
    pairs = [_pair(item) for item in raw.decode("latin-1").split(";") if item.strip()]
    found = dict(pairs)
    if not all(name and value for name, value in pairs) or len(found) < len(pairs):
        return None
    if not ROOT.fullmatch(found.get("Root", "")):
        return None
    if not PARENT.fullmatch(found.get("Parent", "0" * 16)):
        return None
    if found.get("Sampled", "?") not in SAMPLED:
        return None
    return TraceHeader.from_header_str(";".join(f"{name}={value}" for name, value in pairs))


def _pair(item: str) -> tuple[str, str]:
    name, _, value = item.partition("=")
    name, value = name.strip(), value.strip()
    canonical = NAMES.get(name.lower(), name)
    return canonical, value.lower() if canonical in ("Root", "Parent") else value.replace("=", "")
