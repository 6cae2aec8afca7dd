import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtester.webhooks import gojson
from loadtester.webhooks.errors import MalformedPayloadError
from loadtester.webhooks.payload import Payload


def test_fields_match_in_any_case_and_the_last_one_wins() -> None:
    payload = Payload.decode(b'{"NAME":"a","Name":"b","nAmEsPaCe":"c","CHECKSUM":"d"}')
    assert (payload.name, payload.namespace, payload.checksum) == ("b", "c", "d")


def test_unicode_folds_that_go_knows() -> None:
    assert Payload.decode('{"name\u017fpace":"x","chec\u212asum":"y"}'.encode()) == Payload(
        namespace="x", checksum="y"
    )


def test_null_leaves_a_text_alone_and_empties_metadata() -> None:
    assert Payload.decode(b'{"name":"a","name":null}').name == "a"
    assert Payload.decode(b'{"metadata":{"a":"b"},"metadata":null}').metadata == {}
    assert Payload.decode(b'{"metadata":{"a":null}}').metadata == {"a": ""}


def test_broken_utf8_becomes_one_replacement_per_byte() -> None:
    assert Payload.decode(b'{"name":"\xe2\x82"}').name == "\ufffd\ufffd"


def test_lone_surrogates_become_replacements() -> None:
    assert Payload.decode(b'{"name":"\\ud800x","namespace":"\\ud83d\\ude00"}') == Payload(
        name="\ufffdx", namespace="\U0001f600"
    )


def test_numbers_of_unknown_fields_are_never_looked_at() -> None:
    assert Payload.decode(b'{"x":1e999,"y":-0,"z":' + b"9" * 5000 + b"}") == Payload()


@pytest.mark.parametrize("body", [b"", b"\xef\xbb\xbf{}", b'{"a":Infinity}', b"[" * 100_000])
def test_what_go_refuses(body: bytes) -> None:
    with pytest.raises(MalformedPayloadError):
        gojson.decode(body)


def test_the_complaint_names_the_field() -> None:
    with pytest.raises(MalformedPayloadError, match=r"metadata\.cmd is not a string"):
        Payload.decode(b'{"metadata":{"cmd":[]}}')
    with pytest.raises(MalformedPayloadError, match="phase is not a string"):
        Payload.decode(b'{"phase":1}')


TEXT = st.text(st.characters(codec="utf-8"))


@given(TEXT, TEXT, st.dictionaries(TEXT, TEXT))
def test_what_json_writes_is_read_back(name: str, phase: str, metadata: dict[str, str]) -> None:
    body = json.dumps({"name": name, "phase": phase, "metadata": metadata}).encode()
    assert Payload.decode(body) == Payload(name=name, phase=phase, metadata=metadata)


@given(st.binary())
def test_any_bytes_are_a_payload_or_malformed(body: bytes) -> None:
    with contextlib.suppress(MalformedPayloadError):
        Payload.decode(body).name.encode()
