"""What is remembered of blocks, against a decoder that remembers nothing."""

import pytest
from hpack import Encoder
from hypothesis import given
from hypothesis import strategies as st

from loadtester.load.http1.heads import Head
from loadtester.load.http1.response import MAX_HEAD_BYTES
from loadtester.load.http2.blocks import MAX_REMEMBERED_BLOCKS, Blocks
from loadtester.load.http2.errors import Violation
from loadtester.load.http2.heads import response_head
from loadtester.load.http2.hpack.decoder import Decoder

FIXED = [b"\x88\x76\x03x/%d\x61\x05day %d" % (n, n) for n in range(3)]
"""Blocks that add the same two entries each time they are sent, as nginx's do."""
INDEXED = [b"\x88\xbe", b"\x88\xbe\xbf", b"\x88\xc0", b"\x88\x40\x01a\x01b\xbf", b"\x3f\x21\x88"]


@given(st.lists(st.tuples(st.sampled_from(FIXED + INDEXED), st.integers(1, 60)), max_size=12))
def test_nothing_that_is_remembered_is_otherwise_than_unpacked(
    order: list[tuple[bytes, int]],
) -> None:
    blocks, decoder = Blocks(), Decoder(MAX_HEAD_BYTES)
    for block, times in order:
        for _ in range(times):
            try:
                expected = response_head(decoder.decode(block), to_head_request=False)
            except Violation:
                with pytest.raises(Violation):
                    blocks.head(block)
                return
            assert blocks.head(block) == expected
            assert blocks._decoder._table == decoder._table


@given(st.lists(st.integers(0, 5), max_size=60))
def test_an_encoder_that_indexes(order: list[int]) -> None:
    blocks, encoder = Blocks(), Encoder()
    for number in order:
        fields = [(":status", "200"), ("date", f"day {number}"), ("content-length", f"{number}")]
        head = blocks.head(encoder.encode([*fields, ("x-long", "v" * 300 * number)]))
        assert head.length == number


def test_an_equal_block_is_an_equal_object() -> None:
    blocks = Blocks()
    assert blocks.head(FIXED[0]) is blocks.head(FIXED[0])


def test_a_block_is_put_together_and_bounded() -> None:
    blocks = Blocks()
    for fragment in (b"a", b"", b"bc"):
        blocks.add(fragment)
    assert blocks.take() == b"abc"
    assert blocks.take() == b""
    blocks.add(bytes(MAX_HEAD_BYTES))
    with pytest.raises(Violation, match="a header block of more than"):
        blocks.add(b"x")


def test_what_is_remembered_is_bounded() -> None:
    blocks = Blocks()
    for number in range(3 * MAX_REMEMBERED_BLOCKS):
        blocks.head(b"\x88\x00\x01a\x03%03d" % number)
        assert len(blocks._known) <= MAX_REMEMBERED_BLOCKS
    blocks.head(b"\x88\x00\x01a\x7f\xe1\x0e" + b"v" * 2016)
    assert max(map(len, blocks._known)) < 20


def test_a_response_to_head_is_not_remembered_as_one_to_get() -> None:
    blocks, block = Blocks(), b"\x88\x5c\x015"
    lengths: list[Head] = []
    for to_head_request in (False, True, False):
        blocks.expect(to_head_request=to_head_request)
        lengths.append(blocks.head(block))
    assert [head.length for head in lengths] == [5, 0, 5]
