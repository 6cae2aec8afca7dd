"""What Flagger posts: the canary, where it stands, and the metadata of one webhook.

Source: Flagger's ``CanaryWebhookPayload`` (pkg/apis/flagger/v1beta1/canary.go).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from loadtester.webhooks import gojson
from loadtester.webhooks.errors import BadTaskError, MalformedPayloadError

_LONGEST = {"name": 253, "namespace": 253, "phase": 253, "checksum": 253}
_TEXT_FIELDS = tuple(_LONGEST)


@dataclass(frozen=True)
class Payload:
    """One call of a webhook; every field may be empty."""

    name: str = ""
    namespace: str = ""
    phase: str = ""
    checksum: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def canary(self) -> str:
        """``name.namespace``, the key of a gate and the ``canary`` of a log line."""
        return f"{self.name}.{self.namespace}"

    def check_lengths(self) -> None:
        """BadTaskError for names longer than any of Kubernetes."""
        for name, limit in _LONGEST.items():
            if len(getattr(self, name)) > limit:
                raise BadTaskError(f"{name}: longer than {limit} characters")

    @classmethod
    def decode(cls, body: bytes) -> "Payload":
        """Read ``body`` as Go would; MalformedPayloadError where Go answers an error."""
        texts: dict[str, str] = {}
        metadata: dict[str, str] = {}
        for name, value in gojson.members(gojson.decode(body)):
            if name in _TEXT_FIELDS:
                text = gojson.text(value, name)
                if text is not None:
                    texts[name] = text
            elif name == "metadata":
                metadata = _merge(metadata, value)
        return cls(**texts, metadata=metadata)


def _merge(metadata: dict[str, str], value: Any) -> dict[str, str]:
    """A second ``metadata`` object adds to the first, as it does in a Go map; null empties it."""
    if value is None:
        return {}
    if not isinstance(value, gojson.Pairs):
        raise MalformedPayloadError("metadata is not an object of strings")
    merged = dict(metadata)
    for name, member in value:
        merged[gojson.clean(name)] = gojson.text(member, f"metadata.{name}") or ""
    return merged
