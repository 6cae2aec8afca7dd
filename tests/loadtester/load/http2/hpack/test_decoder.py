"""Blocks beside another implementation: the same fields, the same table, the same refusals."""

import pytest
from hpack import Decoder as TheirDecoder
from hpack import Encoder as TheirEncoder
from hpack.exceptions import HPACKError
from hypothesis import given
from hypothesis import strategies as st

from loadtester.load.http2.errors import ErrorCode, Violation
from loadtester.load.http2.hpack.decoder import Decoder
from loadtester.load.http2.hpack.static_table import Field

LIMIT = 1 << 16
NAMES = st.sampled_from([b":status", b"server", b"x-a", b"x-b", b"set-cookie", b"\xff\x00"])
VALUES = st.one_of(
    st.sampled_from([b"200", b"", b"a" * 300, b"b" * 5000, b"/"]), st.binary(max_size=20)
)
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=8)


def table_of(decoder: Decoder) -> list[Field]:
    return decoder._table[::-1]


@st.composite
def streams(draw: st.DrawFn) -> list[tuple[list[Field], bytes]]:
    """Blocks of one encoder, with changes of its table's size, and what they say."""
    encoder = TheirEncoder()
    blocks = []
    for _ in range(draw(st.integers(1, 12))):
        if draw(st.integers(0, 3)) == 0:
            encoder.header_table_size = draw(st.sampled_from([0, 60, 100, 400, 4096]))
        fields = draw(FIELDS)
        said = [(*field, draw(st.integers(0, 3)) == 0) for field in fields]
        blocks.append((fields, encoder.encode(said, huffman=draw(st.booleans()))))
    return blocks


@given(streams())
def test_streams_of_blocks(blocks: list[tuple[list[Field], bytes]]) -> None:
    ours, theirs = Decoder(LIMIT), TheirDecoder(LIMIT)
    for fields, block in blocks:
        assert ours.decode(block) == fields
        theirs.decode(block, raw=True)
        assert table_of(ours) == list(theirs.header_table.dynamic_entries)


@given(streams())
def test_the_generation_stands_still_only_while_the_table_does(
    blocks: list[tuple[list[Field], bytes]],
) -> None:
    decoder = Decoder(LIMIT)
    seen: dict[int, tuple[list[Field], int]] = {}
    for _, block in [*blocks, *blocks]:
        try:
            decoder.decode(block)
        except Violation:  # a block that is out of its place, the second time
            return
        state = (table_of(decoder), decoder._max_bytes)
        assert seen.setdefault(decoder.generation, state) == state


@given(streams(), st.data())
def test_spoilt_blocks(blocks: list[tuple[list[Field], bytes]], data: st.DataObject) -> None:
    ours, theirs = Decoder(LIMIT), TheirDecoder(LIMIT)
    for _, block in blocks:
        changed = bytearray(block)
        if changed and data.draw(st.booleans()):
            changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
        try:
            expected = [tuple(field) for field in theirs.decode(bytes(changed), raw=True)]
        except HPACKError:
            with pytest.raises(Violation):
                ours.decode(bytes(changed))
            return
        assert ours.decode(bytes(changed)) == expected
        assert table_of(ours) == list(theirs.header_table.dynamic_entries)


@given(st.binary(max_size=60))
def test_random_bytes(block: bytes) -> None:
    try:
        expected = [tuple(field) for field in TheirDecoder(LIMIT).decode(block, raw=True)]
    except HPACKError:
        with pytest.raises(Violation) as refused:
            Decoder(LIMIT).decode(block)
        assert refused.value.code is ErrorCode.COMPRESSION_ERROR
    else:
        assert Decoder(LIMIT).decode(block) == expected


def test_the_responses_of_rfc_7541_c_6() -> None:
    decoder = Decoder(LIMIT)
    assert decoder.decode(bytes.fromhex("3fe101")) == []  # a table of 256 bytes
    first = bytes.fromhex(
        "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff"
        "6e919d29ad171863c78f0b97c8e9ae82ae43d3"
    )
    date, location = b"Mon, 21 Oct 2013 20:13:21 GMT", b"https://www.example.com"
    rest = [(b"cache-control", b"private"), (b"date", date), (b"location", location)]
    assert decoder.decode(first) == [(b":status", b"302"), *rest]
    assert decoder.decode(bytes.fromhex("4883640effc1c0bf")) == [(b":status", b"307"), *rest]
    assert table_of(decoder)[0] == (b":status", b"307")
    assert len(table_of(decoder)) == 4
    assert decoder._size_bytes == 222


@pytest.mark.parametrize(
    ("block", "why"),
    [
        ("80", "index 0"),
        ("be", "index 62"),
        ("0f2f", "index 62"),
        ("ff", "ends in an integer"),
        ("ffffffffffff7f", "more than five bytes"),
        ("3fe21f", "a table of 4097 bytes"),
        ("8220", "amid fields"),
        ("40", "before a string"),
        ("4001", "ends in a string"),
        ("40017801", "ends in a string"),
    ],
)
def test_what_cannot_be_unpacked(block: str, why: str) -> None:
    with pytest.raises(Violation, match=why):
        Decoder(LIMIT).decode(bytes.fromhex(block))


def test_fields_that_unpack_to_too_much_are_refused() -> None:
    decoder = Decoder(LIMIT)
    decoder.decode(b"\x40\x01x\x7f\xa1\x1e" + b"y" * 4000)
    with pytest.raises(Violation, match="more than 65536 bytes"):
        decoder.decode(b"\xbe" * 17)


def test_the_same_additions_over_and_over_fill_the_table_and_change_it_no_more() -> None:
    block = b"\x88\x76\x05nginx\x61\x1d" + b"Mon, 21 Oct 2013 20:13:21 GMT"
    decoder = Decoder(LIMIT)
    generations = []
    for _ in range(120):
        decoder.decode(block)
        generations.append(decoder.generation)
    assert generations[:38] == list(range(1, 39))  # 37 times 108 bytes, and once more, fit no more
    assert set(generations[38:]) == {38}
    decoder.decode(block.replace(b"nginx", b"other"))
    assert decoder.generation > generations[-1]
