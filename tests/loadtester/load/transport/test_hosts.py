import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtester.load.transport.hosts import (
    bracketed,
    lowercase,
    parse_host,
    split_netloc,
    without_zone,
    zone_index,
)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("detail", "detail"),
        ("detail.flagger.svc.", "detail.flagger.svc."),
        ("a_b-c.example", "a_b-c.example"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("fe80::1%25lo", "fe80::1%lo"),
        ("fe80::1%lo", "fe80::1%lo"),
        ("fe80::1%251", "fe80::1%1"),
        ("fe80::1%25en%2D0", "fe80::1%en-0"),
    ],
)
def test_a_host_as_one_connects_to_it(text: str, host: str) -> None:
    """RFC 6874: a zone stands after %25 in a URL (as in oha#181)."""
    assert parse_host(text) == host


@pytest.mark.parametrize(
    "text",
    [
        "%zz",
        "a b",
        "a%41",
        "a\x00b",
        "a\\b",
        "ü" * 80,
        "ü..x",
        "\udcff",
        "::1%25 ",
        "fe80::1%25",
        "fe80::1%",
        "a<b",
        "[v1.x]",
        "[a]",
        "a:b",
    ],
)
def test_what_no_host_can_be(text: str) -> None:
    with pytest.raises(ValueError, match="host"):
        parse_host(text)


@pytest.mark.parametrize(
    ("netloc", "parts"),
    [
        ("detail", ("detail", "")),
        ("detail:80", ("detail", ":80")),
        ("u:p@detail:80", ("detail", ":80")),
        ("[::1]:80", ("[::1]", ":80")),
        ("u@[fe80::1%25Lo]", ("[fe80::1%25Lo]", "")),
    ],
)
def test_host_and_port_of_a_url(netloc: str, parts: tuple[str, str]) -> None:
    assert split_netloc(netloc) == parts


def test_only_a_zone_keeps_its_case() -> None:
    assert lowercase("Detail.Example") == "detail.example"
    assert lowercase("FE80::1%Eth0") == "fe80::1%Eth0"


@given(st.text())
def test_any_text_is_a_host_or_a_value_error(text: str) -> None:
    try:
        host = parse_host(text)
    except ValueError:
        return
    assert host.isascii() or ":" in text


def test_others_see_no_zone() -> None:
    assert without_zone("fe80::1%lo") == "fe80::1"
    assert without_zone("detail") == "detail"
    assert bracketed("::1") == "[::1]"
    assert bracketed("detail") == "detail"


def test_zones_by_name_and_by_number() -> None:
    assert zone_index("lo") == zone_index(str(zone_index("lo")))
    with pytest.raises(OSError, match="interface"):
        zone_index("no-such-zone")
