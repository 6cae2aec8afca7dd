"""Blocks that another implementation reads, small ones for what has been said before."""

from hpack import Decoder as TheirDecoder
from hypothesis import given
from hypothesis import strategies as st

from loadtester.load.http2.hpack.encoder import Encoder
from loadtester.load.http2.hpack.static_table import Field

REQUEST = [
    (b":method", b"GET"),
    (b":scheme", b"http"),
    (b":authority", b"127.0.0.1:8080"),
    (b":path", b"/ping?x=1"),
    (b"user-agent", b"hey/0.0.1"),
]
NAMES = st.sampled_from([b":path", b"accept", b"x-a", b"authorization", b"cookie"])
VALUES = st.one_of(
    st.sampled_from([b"/", b"", b"a" * 900, b"b" * 5000, "é".encode()]), st.binary(max_size=20)
)
BLOCKS = st.lists(st.tuples(st.lists(st.tuples(NAMES, VALUES), max_size=6), st.integers(0, 5000)))


def their_fields(decoder: TheirDecoder, block: bytes) -> list[Field]:
    return [(bytes(name), bytes(value)) for name, value in decoder.decode(block, raw=True)]


@given(BLOCKS, st.booleans())
def test_others_read_what_was_meant(
    blocks: list[tuple[list[Field], int]], with_limits: bool
) -> None:
    ours, theirs = Encoder(), TheirDecoder(1 << 20)
    for fields, limit in blocks:
        if with_limits and limit % 2:
            ours.limit(limit)
            theirs.max_allowed_table_size = limit
        assert their_fields(theirs, ours.encode(fields)) == fields


def test_what_was_said_once_is_a_byte_from_then_on() -> None:
    encoder, decoder = Encoder(), TheirDecoder()
    first = encoder.encode(REQUEST)
    generation = encoder.generation
    second = encoder.encode(REQUEST)
    assert len(second) == len(REQUEST) < len(first)
    assert encoder.generation == generation > 0
    assert encoder.encode(REQUEST) == second
    assert their_fields(decoder, first) == their_fields(decoder, second) == REQUEST


def test_credentials_are_never_indexed() -> None:
    secret = [(b"authorization", b"Basic eDp5"), (b"cookie", b"a=b")]
    encoder, decoder = Encoder(), TheirDecoder()
    for _ in range(2):
        fields = decoder.decode(encoder.encode(secret), raw=True)
        assert [field.indexable for field in fields] == [False, False]
    assert not list(decoder.header_table.dynamic_entries)


def test_a_table_that_is_full_is_left_as_it_is() -> None:
    encoder = Encoder()
    many = [(b"x-%d" % number, b"v" * 100) for number in range(60)]
    encoder.encode(many)
    generation = encoder.generation
    assert encoder.encode(many) == encoder.encode(many)
    assert encoder.generation == generation


def test_a_smaller_table_is_announced_once() -> None:
    encoder, decoder = Encoder(), TheirDecoder()
    their_fields(decoder, encoder.encode(REQUEST))
    encoder.limit(0)
    decoder.max_allowed_table_size = 0
    block = encoder.encode(REQUEST)
    assert block.startswith(b"\x20\x20")
    assert their_fields(decoder, block) == REQUEST
    assert not encoder.encode(REQUEST).startswith(b"\x20")


def test_a_larger_table_than_usual_changes_nothing() -> None:
    encoder = Encoder()
    encoder.encode(REQUEST)
    generation = encoder.generation
    encoder.limit(65_536)
    encoder.encode(REQUEST)
    assert encoder.generation == generation
