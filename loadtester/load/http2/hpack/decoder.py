"""Header blocks to fields. The state is exact, or there is none any more.

A block may change the dynamic table, and every later block is read by it: `generation` counts the
blocks that did. Of two equal blocks between which it stood still, and of which the first left it
where it was, the second says what the first said.

A server may add the same entries with every response (nginx does). The table is always the longest
end of all that was ever added that fits, so that the entries of one response, repeated, soon fill
it, and adding them once more leaves it equal to what it was: that is no change.
"""

from typing import Final

from loadtester.load.http2.errors import bad_block
from loadtester.load.http2.hpack.huffman import decode
from loadtester.load.http2.hpack.static_table import (
    DEFAULT_TABLE_BYTES,
    ENTRY_OVERHEAD_BYTES,
    STATIC_TABLE,
    Field,
    entry_bytes,
)

_STATIC: Final = len(STATIC_TABLE)
_MAX_SHIFT: Final = 28
"""Integers end within five bytes after their prefix; nothing that fits here needs more."""


class Decoder:
    """The receiving end. A Violation leaves it unusable, as it does the connection."""

    __slots__ = (
        "_at",
        "_block",
        "_came",
        "_gone",
        "_max_bytes",
        "_max_bytes_before",
        "_max_list_bytes",
        "_size_bytes",
        "_table",
        "added",
        "generation",
        "is_context_free",
    )

    def __init__(self, max_list_bytes: int) -> None:
        self._max_list_bytes = max_list_bytes
        self._max_bytes = DEFAULT_TABLE_BYTES
        self._size_bytes = 0
        self._table: list[Field] = []
        """The oldest first: the last one has the lowest index."""
        self._gone: list[Field] = []
        """What this block has put out of the table."""
        self._came = 0
        """How many entries it has put in."""
        self._max_bytes_before = self._max_bytes
        self._block = b""
        self._at = 0
        self.generation = 0
        """How often a block has left the dynamic table other than it was."""
        self.added: list[Field] = []
        """What the last block put into the table."""
        self.is_context_free = True
        """Whether it said all of itself: no index of the dynamic table, no change of its size."""

    def decode(self, block: bytes) -> list[Field]:
        """The fields of a whole block."""
        self._block, self._at = block, 0
        self.added, self.is_context_free = [], True
        fields: list[Field] = []
        left, end = self._max_list_bytes, len(block)
        while self._at < end:
            first = block[self._at]
            if first & 0x80:
                field = self._field(self._integer(0x7F))
            elif first & 0x40:
                field = self._literal(0x3F)
                self._insert(field)
                self.added.append(field)
            elif first & 0x20:
                if fields:
                    raise bad_block("a change of the table's size amid fields")
                self.is_context_free = False
                self._resize(self._integer(0x1F))
                continue
            else:
                field = self._literal(0x0F)
            left -= len(field[0]) + len(field[1]) + ENTRY_OVERHEAD_BYTES
            if left < 0:
                raise bad_block(f"fields of more than {self._max_list_bytes} bytes")
            fields.append(field)
        self._settle()
        return fields

    def add_again(self, added: list[Field]) -> None:
        """As `decode` of a context-free block that has `added` so much before."""
        for field in added:
            self._insert(field)
        self._settle()

    def _settle(self) -> None:
        """Count the block if it has left the table other than it was."""
        if self._came or self._gone or self._max_bytes != self._max_bytes_before:
            if not self._is_as_before():
                self.generation += 1
            self._gone.clear()
            self._came = 0
            self._max_bytes_before = self._max_bytes

    def _is_as_before(self) -> bool:
        """Whether the table, of which as many went as came, is equal to what it was.

        It was what has gone, and behind that all of what it is but for what came.
        """
        gone, table = self._gone, self._table
        moved = len(gone)
        if moved != self._came or self._max_bytes != self._max_bytes_before:
            return False
        for place in range(len(table)):
            before = gone[place] if place < moved else table[place - moved]
            if table[place] != before:
                return False
        return True

    def _integer(self, prefix: int) -> int:
        """RFC 7541, section 5.1: in the low bits of this byte, or from there on in sevens."""
        block, at = self._block, self._at
        value = block[at] & prefix
        at += 1
        if value == prefix:
            shift = 0
            while True:
                if at >= len(block):
                    raise bad_block("it ends in an integer")
                byte = block[at]
                at += 1
                value += (byte & 0x7F) << shift
                if byte < 0x80:
                    break
                shift += 7
                if shift > _MAX_SHIFT:
                    raise bad_block("an integer of more than five bytes")
        self._at = at
        return value

    def _string(self) -> bytes:
        block = self._block
        if self._at >= len(block):
            raise bad_block("it ends before a string")
        is_packed = block[self._at] >= 0x80
        length = self._integer(0x7F)
        at = self._at
        end = at + length
        if end > len(block):
            raise bad_block("it ends in a string")
        self._at = end
        data = block[at:end]
        return decode(data) if is_packed else data

    def _literal(self, prefix: int) -> Field:
        index = self._integer(prefix)
        name = self._field(index)[0] if index else self._string()
        return name, self._string()

    def _field(self, index: int) -> Field:
        if 0 < index < _STATIC:
            return STATIC_TABLE[index]
        place = len(self._table) + _STATIC - 1 - index
        if not index or place < 0:
            raise bad_block(f"no field has the index {index}")
        self.is_context_free = False
        return self._table[place]

    def _insert(self, field: Field) -> None:
        """RFC 7541, section 4.4: room is made first; what is larger than the table empties it."""
        size_bytes = entry_bytes(field)
        self._evict(max(0, self._max_bytes - size_bytes))
        if size_bytes <= self._max_bytes:
            self._table.append(field)
            self._size_bytes += size_bytes
            self._came += 1

    def _resize(self, max_bytes: int) -> None:
        if max_bytes > DEFAULT_TABLE_BYTES:
            raise bad_block(f"a table of {max_bytes} bytes")
        self._max_bytes = max_bytes
        self._evict(max_bytes)

    def _evict(self, most_bytes: int) -> None:
        table, gone = self._table, 0
        while self._size_bytes > most_bytes:
            self._size_bytes -= entry_bytes(table[gone])
            gone += 1
        if gone:
            self._gone += table[:gone]
            del table[:gone]
