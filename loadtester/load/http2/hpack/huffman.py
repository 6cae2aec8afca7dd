"""HPACK's Huffman code (RFC 7541, section 5.2 and appendix B).

The code is canonical: the lengths give the codes, counted up within a length in the order of the
symbols. Decoding goes by half bytes through a table of (node of the tree, half byte): no code is
shorter than five bits, so that a half byte ends at most one. A node is kept as its row's offset;
an entry of the table is the next node, the symbol that came out, and whether one did.
"""

import functools
from typing import Final

from loadtester.load.http2.errors import bad_block

_BY_LENGTH: Final = {
    5: b"012aceiost",
    6: b" %-./3456789=A_bdfghlmnpru",
    7: b":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz",
    8: b"&*,;XZ",
    10: b'!"()?',
    11: b"'+|",
    12: b"#>",
    13: b"\x00$@[]~",
    14: b"^}",
    15: b"<`{",
    19: b"\\\xc3\xd0",
    20: b"\x80\x82\x83\xa2\xb8\xc2\xe0\xe2",
    21: b"\x99\xa1\xa7\xac\xb0\xb1\xb3\xd1\xd8\xd9\xe3\xe5\xe6",
    22: b"\x81\x84\x85\x86\x88\x92\x9a\x9c\xa0\xa3\xa4\xa9\xaa\xad\xb2\xb5\xb9\xba\xbb\xbd\xbe\xc4"
    b"\xc6\xe4\xe8\xe9",
    23: b"\x01\x87\x89\x8a\x8b\x8c\x8d\x8f\x93\x95\x96\x97\x98\x9b\x9d\x9e\xa5\xa6\xa8\xae\xaf\xb4"
    b"\xb6\xb7\xbc\xbf\xc5\xe7\xef",
    24: b"\t\x8e\x90\x91\x94\x9f\xab\xce\xd7\xe1\xec\xed",
    25: b"\xc7\xcf\xea\xeb",
    26: b"\xc0\xc1\xc8\xc9\xca\xcd\xd2\xd5\xda\xdb\xee\xf0\xf2\xf3\xff",
    27: b"\xcb\xcc\xd3\xd4\xd6\xdd\xde\xdf\xf1\xf4\xf5\xf6\xf7\xf8\xfa\xfb\xfc\xfd\xfe",
    28: b"\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10\x11\x12\x13\x14\x15\x17\x18\x19\x1a\x1b"
    b"\x1c\x1d\x1e\x1f\x7f\xdc\xf9",
    30: b"\n\r\x16",
}
EOS: Final = 256
"""Never sent; the high bits of its code, all ones, fill the last byte."""
MAX_REMEMBERED_BYTES: Final = 64
_NODE_BITS: Final = 12
_EMITS: Final = 1 << _NODE_BITS
_SYMBOL_SHIFT: Final = _NODE_BITS + 1
_DEAD: Final = -1


def _codes() -> dict[int, tuple[int, int]]:
    codes: dict[int, tuple[int, int]] = {}
    code, bits = 0, 0
    for length, symbols in _BY_LENGTH.items():
        code <<= length - bits
        bits = length
        for symbol in symbols:
            codes[symbol] = (code, bits)
            code += 1
    codes[EOS] = (code, bits)
    return codes


CODES: Final[dict[int, tuple[int, int]]] = _codes()
"""Each symbol's code and its length in bits."""


def encode(data: bytes) -> bytes:
    """The bytes in Huffman's code, filled up with ones."""
    out = bytearray()
    waiting, bits = 0, 0
    for symbol in data:
        code, length = CODES[symbol]
        waiting = waiting << length | code
        bits += length
        while bits >= 8:
            bits -= 8
            out.append(waiting >> bits)
            waiting &= (1 << bits) - 1
    if bits:
        out.append(waiting << (8 - bits) | 0xFF >> bits)
    return bytes(out)


def encoded_bytes(data: bytes) -> int:
    """How long `encode` of it would be."""
    return (sum(CODES[symbol][1] for symbol in data) + 7) // 8


def _tree() -> list[list[int]]:
    """The inner nodes, each with its two children: a node's number, or -1 - symbol."""
    nodes: list[list[int]] = [[0, 0]]
    for symbol, (code, length) in CODES.items():
        node = 0
        for place in range(length - 1, 0, -1):
            bit = code >> place & 1
            if not nodes[node][bit]:
                nodes[node][bit] = len(nodes)
                nodes.append([0, 0])
            node = nodes[node][bit]
        nodes[node][code & 1] = -1 - symbol
    return nodes


def _entry(nodes: list[list[int]], node: int, half: int) -> int:
    symbol = -1
    for place in (3, 2, 1, 0):
        node = nodes[node][half >> place & 1]
        if node < 0:
            symbol, node = -1 - node, 0
            if symbol == EOS:
                return _DEAD
    entry = node << 4
    return entry if symbol < 0 else entry | _EMITS | symbol << _SYMBOL_SHIFT


class _Decoder:
    """The table, and the nodes in which a string may end; made when it is first wanted."""

    def __init__(self) -> None:
        nodes = _tree()
        self.table = [_entry(nodes, node, half) for node in range(len(nodes)) for half in range(16)]
        node, self.ends = 0, {0}
        for _ in range(7):
            node = nodes[node][1]
            self.ends.add(node << 4)


_decoders: Final[list[_Decoder]] = []


def decode(data: bytes) -> bytes:
    """The bytes that were encoded. Violation where they cannot have been."""
    return _decode_often(data) if len(data) <= MAX_REMEMBERED_BYTES else _decode(data)


@functools.lru_cache(maxsize=1024)
def _decode_often(data: bytes) -> bytes:
    """A short string: servers say the same ones over and over."""
    return _decode(data)


def _decode(data: bytes) -> bytes:
    if not _decoders:
        _decoders.append(_Decoder())
    decoder = _decoders[0]
    table = decoder.table
    node = 0
    out: list[int] = []
    for byte in data:
        entry = table[node + (byte >> 4)]
        if entry < 0:
            raise bad_block("the end-of-string symbol in a string")
        if entry & _EMITS:
            out.append(entry >> _SYMBOL_SHIFT)
        entry = table[(entry & _EMITS - 1) + (byte & 15)]
        if entry < 0:
            raise bad_block("the end-of-string symbol in a string")
        if entry & _EMITS:
            out.append(entry >> _SYMBOL_SHIFT)
        node = entry & _EMITS - 1
    if node not in decoder.ends:
        raise bad_block("a string that does not end in ones")
    return bytes(out)
