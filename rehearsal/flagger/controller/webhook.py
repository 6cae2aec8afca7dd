"""Webhooks as Flagger calls them: payloads, timeouts, and what is sent for an event.

Source: flagger pkg/controller/webhook.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from rehearsal.flagger.canary.analysis import Analysis, HookType, Webhook
from rehearsal.flagger.canary.model import Canary, Phase
from rehearsal.flagger.controller.errors import HookFailed
from rehearsal.flagger.controller.hashing import checksum
from rehearsal.flagger.controller.ports import HookRequest
from rehearsal.flagger.golang import NS_PER_S, DurationError, marshal_json, parse_duration_ns
from rehearsal.flagger.golang.url import UrlError, parse_url
from rehearsal.flagger.values import RememberedByIdentity

DEFAULT_TIMEOUT = "10s"


def webhooks_of_type(analysis: Analysis, kind: HookType) -> tuple[Webhook, ...]:
    """The webhooks of a type in the order of the spec; those without a type are `rollout`."""
    return _by_type(analysis).get(kind, ())


def _sorted_by_type(analysis: Analysis) -> dict[HookType, tuple[Webhook, ...]]:
    found: dict[HookType, tuple[Webhook, ...]] = {}
    for hook in analysis.webhooks:
        kind = hook.type or "rollout"
        found[kind] = (*found.get(kind, ()), hook)
    return found


_by_type = RememberedByIdentity(_sorted_by_type)


def hook_request(canary: Canary, phase: Phase, hook: Webhook) -> HookRequest:
    """The call of a check or a gate, with the phase it is told.

    Raises HookFailed when the URL or the timeout cannot be read: such a check fails without a
    request.
    """
    timeout = hook.timeout if len(hook.timeout) >= 2 else DEFAULT_TIMEOUT
    return _request(hook, payload(canary, phase, hook.metadata), timeout)


def event_request(
    canary: Canary, hook: Webhook, message: str, event_type: str, unix_ms: int
) -> HookRequest:
    """The call that reports one event; the hook's own metadata cannot replace the event's."""
    metadata = dict(hook.metadata or {}) | {
        "eventMessage": message,
        "eventType": event_type,
        "timestamp": str(unix_ms),
    }
    timeout = hook.timeout or DEFAULT_TIMEOUT
    return _request(hook, payload(canary, canary.status.phase, metadata), timeout)


def payload(canary: Canary, phase: Phase, metadata: Mapping[str, str] | None) -> bytes:
    """The body of a webhook; `metadata` is left out when there is none."""
    status = canary.status
    return _payload(
        canary.name,
        canary.namespace,
        str(phase),
        checksum(status.tracked_configs, status.last_applied_spec),
        tuple(metadata.items()) if metadata else (),
    )


@lru_cache(maxsize=256)
def _payload(
    name: str, namespace: str, phase: str, checksum: str, metadata: tuple[tuple[str, str], ...]
) -> bytes:
    fields: dict[str, object] = {
        "name": name,
        "namespace": namespace,
        "phase": phase,
        "checksum": checksum,
    }
    if metadata:
        fields["metadata"] = dict(metadata)
    return marshal_json(fields)


@lru_cache(maxsize=256)
def timeout_s(text: str) -> float:
    """Seconds of a webhook's timeout; raises HookFailed with Go's words."""
    try:
        return parse_duration_ns(text) / NS_PER_S
    except DurationError as error:
        raise HookFailed(str(error)) from None


@lru_cache(maxsize=256)
def _url(text: str) -> str:
    try:
        return str(parse_url(text))
    except UrlError as error:
        raise HookFailed(str(error)) from None


def _request(hook: Webhook, body: bytes, timeout: str) -> HookRequest:
    return HookRequest(
        _url(hook.url),
        body,
        timeout_s(timeout),
        hook.retries,
        hook.disable_tls,
        hook.name,
        hook.type,
    )
