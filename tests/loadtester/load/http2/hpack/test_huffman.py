"""The code beside that of another implementation, on every symbol and on random strings."""

import pytest
from hpack.exceptions import HPACKDecodingError
from hpack.huffman import HuffmanEncoder
from hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH
from hpack.huffman_table import decode_huffman
from hypothesis import given
from hypothesis import strategies as st

from loadtester.load.http2.errors import ErrorCode, Violation
from loadtester.load.http2.hpack.huffman import CODES, decode, encode, encoded_bytes

THEIRS = HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH)


def test_every_symbol_has_its_code() -> None:
    pairs = zip(REQUEST_CODES, REQUEST_CODES_LENGTH, strict=True)
    assert [CODES[symbol] for symbol in range(257)] == list(pairs)


@given(st.binary(max_size=100))
def test_strings_are_encoded_as_others_do_and_come_back(data: bytes) -> None:
    packed = encode(data)
    assert packed == THEIRS.encode(data)
    assert len(packed) == encoded_bytes(data)
    assert decode(packed) == data


def test_a_long_string() -> None:
    data = bytes(range(256)) * 200
    assert decode(encode(data)) == data


@given(st.one_of(st.binary(max_size=40), st.binary(max_size=6).map(lambda b: b + b"\xff" * 3)))
def test_random_bytes_are_decoded_or_refused_as_others_do(packed: bytes) -> None:
    try:
        expected = decode_huffman(packed)
    except HPACKDecodingError:
        with pytest.raises(Violation) as refused:
            decode(packed)
        assert refused.value.code is ErrorCode.COMPRESSION_ERROR
    else:
        assert decode(packed) == expected


@pytest.mark.parametrize(
    "packed",
    [
        b"\xff" * 4,  # the end-of-string symbol
        b"\xff",  # eight bits of filling
        encode(b"00000000") + b"\xff",  # a whole byte of it after the last symbol
        b"\x00",  # "0", filled with zeros
    ],
)
def test_what_no_encoder_may_send(packed: bytes) -> None:
    with pytest.raises(Violation):
        decode(packed)
