"""Payloads on the wire."""

import json
from dataclasses import replace
from typing import Any

import pytest

from rehearsal.flagger.canary.analysis import Webhook
from rehearsal.flagger.canary.model import Canary, CanaryStatus, Phase
from rehearsal.flagger.controller.errors import HookFailed
from rehearsal.flagger.controller.webhook import event_request, hook_request
from tests.rehearsal.specs import canary


def applied() -> Canary:
    status = CanaryStatus(
        phase=Phase.PROGRESSING,
        tracked_configs={"test-config-map": "484637c76acaa7c6"},
        last_applied_spec="5f56684589",
    )
    return replace(canary(), status=status)


def webhook(**fields: Any) -> Webhook:
    return Webhook.model_validate({"name": "w", "url": "http://h/", **fields})


def test_body_is_gos_json_with_the_documented_checksum() -> None:
    hook = webhook(metadata={"type": "bash", "cmd": "curl -s http://h/ping && echo > x"})
    assert hook_request(applied(), Phase.PROGRESSING, hook).body == (
        b'{"name":"detail","namespace":"flagger","phase":"Progressing","checksum":"85d557f47b",'
        b'"metadata":{"cmd":"curl -s http://h/ping \\u0026\\u0026 echo \\u003e x","type":"bash"}}'
    )


@pytest.mark.parametrize("fields", [{}, {"metadata": {}}])
def test_no_metadata_no_key(fields: dict[str, Any]) -> None:
    body = hook_request(applied(), Phase.WAITING, webhook(**fields)).body
    assert list(json.loads(body)) == ["name", "namespace", "phase", "checksum"]
    assert json.loads(body)["phase"] == "Waiting"


@pytest.mark.parametrize(
    ("timeout", "seconds"), [(None, 10.0), ("5s", 5.0), ("2m", 120.0), ("1m30s", 90.0)]
)
def test_timeouts(timeout: str | None, seconds: float) -> None:
    hook = webhook() if timeout is None else webhook(timeout=timeout)
    assert hook_request(applied(), Phase.PROGRESSING, hook).timeout_s == seconds


def test_a_timeout_of_one_character_is_the_default() -> None:
    hook = webhook().model_copy(update={"timeout": "5"})
    assert hook_request(applied(), Phase.PROGRESSING, hook).timeout_s == 10.0


def test_a_timeout_that_go_cannot_read_fails_without_a_request() -> None:
    hook = webhook().model_copy(update={"timeout": "15"})
    with pytest.raises(HookFailed) as caught:
        hook_request(applied(), Phase.PROGRESSING, hook)
    assert str(caught.value) == 'time: missing unit in duration "15"'


def test_event_metadata_cannot_be_replaced() -> None:
    hook = webhook(metadata={"eventType": "Mine", "team": "a"})
    body = json.loads(event_request(applied(), hook, "a & b", "Warning", 1616423088123).body)
    assert body["phase"] == "Progressing"
    assert body["metadata"] == {
        "eventMessage": "a & b",
        "eventType": "Warning",
        "team": "a",
        "timestamp": "1616423088123",
    }
