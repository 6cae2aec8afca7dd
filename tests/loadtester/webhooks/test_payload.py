from loadtester.webhooks.payload import Payload


def test_canary_is_name_dot_namespace() -> None:
    assert Payload(name="detail", namespace="flagger").canary == "detail.flagger"
    assert Payload().canary == "."


def test_a_second_metadata_object_adds_to_the_first() -> None:
    body = b'{"metadata":{"a":"1","b":"2"},"Metadata":{"b":"3"}}'
    assert Payload.decode(body).metadata == {"a": "1", "b": "3"}


def test_what_flagger_sends() -> None:
    body = (
        b'{"name":"detail","namespace":"flagger","phase":"Progressing","checksum":"85d557f47b",'
        b'"metadata":{"cmd":"a \\u0026\\u0026 b","type":"bash"}}'
    )
    metadata = {"cmd": "a && b", "type": "bash"}
    assert Payload.decode(body) == Payload(
        "detail", "flagger", "Progressing", "85d557f47b", metadata
    )
