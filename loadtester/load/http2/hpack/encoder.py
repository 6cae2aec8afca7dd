"""Fields to header blocks.

Load is monotonous: what is said once goes into the peer's table, and is one byte from then on. An
entry is only added where there is room for it, so that an index, once given, stays what it is until
the peer makes its table smaller, and a block that added nothing can be sent again as it is.
"""

from typing import Final

from loadtester.load.http2.hpack.huffman import encode, encoded_bytes
from loadtester.load.http2.hpack.static_table import (
    DEFAULT_TABLE_BYTES,
    STATIC_FIELDS,
    STATIC_NAMES,
    STATIC_TABLE,
    Field,
    entry_bytes,
)

_NEVER_INDEXED: Final = frozenset({b"authorization", b"proxy-authorization", b"cookie"})
"""Credentials, which no table on the way should keep (RFC 7541, section 7.1.3)."""


class Encoder:
    """The sending end."""

    __slots__ = ("_indices", "_max_bytes", "_resized", "_size_bytes", "generation")

    def __init__(self) -> None:
        self._max_bytes = DEFAULT_TABLE_BYTES
        self._size_bytes = 0
        self._indices: dict[Field, int] = {}
        """How many entries were added before this one."""
        self._resized = False
        self.generation = 0
        """How often the table has changed."""

    def limit(self, max_bytes: int) -> None:
        """The peer keeps a table of at most so many bytes; of those we use the usual ones."""
        max_bytes = min(max_bytes, DEFAULT_TABLE_BYTES)
        if max_bytes != self._max_bytes:
            self._max_bytes = max_bytes
            self._size_bytes = 0
            self._indices.clear()
            self._resized = True
            self.generation += 1

    def encode(self, fields: list[Field]) -> bytes:
        """The block; after a change of the table's size it empties the table first."""
        parts: list[bytes] = []
        if self._resized:
            parts += [_integer(0, 0x1F, 0x20), _integer(self._max_bytes, 0x1F, 0x20)]
            self._resized = False
            self.generation += 1
        parts += [self._field(field) for field in fields]
        return b"".join(parts)

    def _field(self, field: Field) -> bytes:
        name, value = field
        index = STATIC_FIELDS.get(field, 0)
        place = self._indices.get(field)
        if not index and place is not None:
            index = len(STATIC_TABLE) + len(self._indices) - 1 - place
        if index:
            return _integer(index, 0x7F, 0x80)
        index = STATIC_NAMES.get(name, 0)
        if name in _NEVER_INDEXED:
            head = _integer(index, 0x0F, 0x10)
        elif self._size_bytes + entry_bytes(field) <= self._max_bytes:
            self._size_bytes += entry_bytes(field)
            self._indices[field] = len(self._indices)
            self.generation += 1
            head = _integer(index, 0x3F, 0x40)
        else:
            head = _integer(index, 0x0F, 0x00)
        return head + (b"" if index else _string(name)) + _string(value)


def _integer(value: int, prefix: int, flags: int) -> bytes:
    """RFC 7541, section 5.1, with `flags` above the prefix."""
    if value < prefix:
        return bytes((flags | value,))
    value -= prefix
    out = bytearray((flags | prefix,))
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _string(data: bytes) -> bytes:
    """Packed if that is shorter."""
    size = encoded_bytes(data)
    if size < len(data):
        return _integer(size, 0x7F, 0x80) + encode(data)
    return _integer(len(data), 0x7F, 0x00) + data
