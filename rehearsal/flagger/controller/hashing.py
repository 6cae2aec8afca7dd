"""The hashes of Flagger: of specs, of the webhook checksum, of tracked configs.

Flagger hashes a spew dump with 32-bit FNV-1a and rewrites the decimal digits so that no word can
come out (pkg/canary/spec.go; apimachinery `rand.SafeEncodeString`). The checksum's dump is small
and is reproduced here exactly; the dump of a PodTemplateSpec depends on the layout of Go structs,
so `template_hash` dumps JSON instead: as stable, of the same form, with other digits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rehearsal.flagger.golang import marshal_json
from rehearsal.flagger.values import RememberedByIdentity

_OFFSET = 2166136261
_PRIME = 16777619
_SAFE_DIGITS = str.maketrans("0123456789", "456789bcdf")


def fnv1a_32(data: bytes) -> int:
    """32-bit FNV-1a."""
    value = _OFFSET
    for byte in data:
        value = ((value ^ byte) * _PRIME) & 0xFFFFFFFF
    return value


@lru_cache(maxsize=256)
def safe_hash(text: str) -> str:
    """The hash of a dump as Flagger writes it: up to ten characters of `456789bcdf`."""
    return str(fnv1a_32(text.encode())).translate(_SAFE_DIGITS)


def template_hash(template: Mapping[str, Any]) -> str:
    """A stable hash of a pod template (or of a Service's spec), which never change in place."""
    return _template_hash(template)


def _hash_of_json(template: Mapping[str, Any]) -> str:
    return safe_hash(json.dumps(template, sort_keys=True, separators=(",", ":"), default=str))


_template_hash = RememberedByIdentity(_hash_of_json)


def checksum(tracked_configs: Mapping[str, str] | None, last_applied_spec: str) -> str:
    """The `checksum` of a webhook payload (pkg/controller/webhook.go, canaryChecksum)."""
    pairs = None if tracked_configs is None else tuple(sorted(tracked_configs.items()))
    return _checksum(pairs, last_applied_spec)


@lru_cache(maxsize=256)
def _checksum(tracked_configs: tuple[tuple[str, str], ...] | None, last_applied_spec: str) -> str:
    if tracked_configs is None:
        configs = "<nil>"
    else:
        configs = f"map[{' '.join(f'{key}:{value}' for key, value in tracked_configs)}]"
    return safe_hash(
        "(struct { TrackedConfigs *map[string]string; LastAppliedSpec string })"
        f"{{TrackedConfigs:(*map[string]string){configs} "
        f"LastAppliedSpec:(string){last_applied_spec}}}"
    )


def config_checksum(data: Mapping[str, str]) -> str:
    """How a ConfigMap or Secret is tracked: half a SHA-256 of its data as Go's JSON.

    Go marshals a map that was never set as `null`; the API server leaves an empty one out.
    """
    encoded = marshal_json({key: data[key] for key in sorted(data)}) if data else b"null"
    return hashlib.sha256(encoded).digest()[:8].hex()
