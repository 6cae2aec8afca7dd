"""Which labels and annotations of the owner's objects are copied to the primary's.

Source: flagger pkg/canary/util.go. Those of Flux never are, or Flux would take the copies for its
own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_TOOLKIT = "toolkit.fluxcd.io"


def included(labels: Mapping[str, str], prefixes: Iterable[str]) -> dict[str, str]:
    """Those that begin with one of `-include-label-prefix`; `*` stands for all."""
    wanted = tuple(prefix for prefix in prefixes if prefix)
    return {
        key: value
        for key, value in without_toolkit(labels).items()
        if any(prefix == "*" or key.startswith(prefix) for prefix in wanted)
    }


def without_toolkit(labels: Mapping[str, str]) -> dict[str, str]:
    """All but those of Flux."""
    return {key: value for key, value in labels.items() if _TOOLKIT not in key}
