"""Header blocks as they come: put together from fragments, unpacked, and remembered.

Load is monotonous: a server sends the same block a thousand times a second. A block that said all
of itself, and what it put into HPACK's table, is known from then on, and so is one that left the
table as it was, as long as nothing else has changed that (`Decoder.generation`).
"""

from typing import Final

from loadtester.load.http1.heads import Head
from loadtester.load.http1.response import MAX_HEAD_BYTES
from loadtester.load.http2.errors import ErrorCode, Violation
from loadtester.load.http2.heads import check_trailers, response_head
from loadtester.load.http2.hpack.decoder import Decoder
from loadtester.load.http2.hpack.static_table import Field

MAX_REMEMBERED_BLOCKS: Final = 64
MAX_REMEMBERED_BLOCK_BYTES: Final = 1024


class _Known:
    """A block seen before."""

    __slots__ = ("added", "generation", "head")

    def __init__(self, head: Head, added: list[Field] | None, generation: int) -> None:
        self.head = head
        self.added = added
        """What a context-free block puts into the table; None for others."""
        self.generation = generation
        """Of the table by which another one was read, and which it left as it was."""


class Blocks:
    """The blocks of one connection, all of which must pass here and in their order."""

    __slots__ = (
        "_decoder",
        "_fragments",
        "_known",
        "_size_bytes",
        "_to_head_request",
        "added",
        "is_repeated",
    )

    def __init__(self) -> None:
        self._decoder = Decoder(MAX_HEAD_BYTES)
        self._fragments: list[bytes] = []
        self._size_bytes = 0
        self._known: dict[bytes, _Known] = {}
        self._to_head_request = False
        self.is_repeated = False
        """Whether the last head had been seen before."""
        self.added: list[Field] | None = []
        """What the blocks since `restart` put into HPACK's table; None if not all of them were
        context-free."""

    @property
    def generation(self) -> int:
        """How often HPACK's table has changed."""
        return self._decoder.generation

    def expect(self, *, to_head_request: bool) -> None:
        """The next responses are to such requests."""
        if to_head_request != self._to_head_request:
            self._to_head_request = to_head_request
            self._known.clear()

    def restart(self) -> None:
        """The blocks of another response follow."""
        if self.added != []:
            self.added = []

    def add_again(self, added: list[Field]) -> bool:
        """A response's blocks have come again that had `added` so much, and were context-free.

        Whether that changed the table.
        """
        generation = self._decoder.generation
        self._decoder.add_again(added)
        return self._decoder.generation != generation

    def _note(self, added: list[Field] | None) -> None:
        if added is None or self.added is None:
            self.added = None
        else:
            self.added = self.added + added

    def add(self, fragment: bytes) -> None:
        """Keep a part of a block until the rest comes."""
        self._fragments.append(fragment)
        self._size_bytes += len(fragment)
        if self._size_bytes > MAX_HEAD_BYTES:
            detail = f"a header block of more than {MAX_HEAD_BYTES} bytes"
            raise Violation(detail, ErrorCode.ENHANCE_YOUR_CALM)

    def take(self) -> bytes:
        """The whole block."""
        block = b"".join(self._fragments)
        self._fragments.clear()
        self._size_bytes = 0
        return block

    def head(self, block: bytes) -> Head:
        """The head of a response, interim or final. Violation if it is none."""
        decoder = self._decoder
        generation = decoder.generation
        known = self._known.get(block)
        self.is_repeated = known is not None
        if known is not None:
            if known.added is not None:
                decoder.add_again(known.added)
                self._note(known.added)
                return known.head
            if known.generation == generation:
                self._note(None)
                return known.head
        head = response_head(self._decode(block), to_head_request=self._to_head_request)
        if len(block) <= MAX_REMEMBERED_BLOCK_BYTES:
            if decoder.is_context_free:
                self._remember(block, _Known(head, decoder.added, generation))
            elif decoder.generation == generation:
                self._remember(block, _Known(head, None, generation))
        return head

    def _remember(self, block: bytes, known: _Known) -> None:
        if len(self._known) >= MAX_REMEMBERED_BLOCKS:
            self._known.clear()
        self._known[block] = known

    def trailers(self, block: bytes) -> None:
        """The fields after a body. Violation if they are malformed."""
        check_trailers(self._decode(block))

    def _decode(self, block: bytes) -> list[Field]:
        fields = self._decoder.decode(block)
        self._note(self._decoder.added if self._decoder.is_context_free else None)
        return fields
