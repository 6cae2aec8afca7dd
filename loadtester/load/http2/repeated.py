"""A response that came whole, and comes again.

It is kept as pieces around the number of its stream: joined by the number of the stream now open,
equal bytes are the same response, provided that HPACK's table is what it was (`Blocks.generation`),
or that the response does not care: then it does to the table what it did before.
"""

from typing import Final

from loadtester.load.http1.heads import MAX_REMEMBERED_RESPONSE_BYTES, Response
from loadtester.load.http2.blocks import Blocks
from loadtester.load.http2.hpack.static_table import Field

_NUMBER_BYTES: Final = 4
_NEVER: Final = -1


class Repeated:
    """The last response of a connection that can be told by its bytes."""

    __slots__ = (
        "_added",
        "_blocks",
        "_generation",
        "_pieces",
        "_response",
        "flow_bytes",
        "size_bytes",
    )

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._pieces: list[bytes] = []
        self._added: list[Field] | None = None
        self._generation = _NEVER
        self._response: Response | None = None
        self.size_bytes = 0
        """Of the whole; 0 while there is none."""
        self.flow_bytes = 0
        """What counts for flow control."""

    def forget(self) -> None:
        """It is not to be taken for the next one, even if that looks like it."""
        self.size_bytes = 0

    def remember(
        self, data: bytes, seams: list[int], response: Response, flow_bytes: int, generation: int
    ) -> None:
        """`data` was `response`, with the stream's number at `seams`; it began at `generation`.

        Not kept if it is large, if no second one came yet, or if it cannot be told by its bytes.
        """
        blocks = self._blocks
        is_steady = generation == blocks.generation
        if len(data) > MAX_REMEMBERED_RESPONSE_BYTES or not blocks.is_repeated:
            return
        if not is_steady and blocks.added is None:
            return
        starts = [0, *[seam + _NUMBER_BYTES for seam in seams]]
        ends = [*seams, len(data)]
        self._pieces = [data[start:end] for start, end in zip(starts, ends, strict=True)]
        self._added = blocks.added
        self._generation = generation if is_steady else _NEVER
        self._response = response
        self.flow_bytes = flow_bytes
        self.size_bytes = len(data)

    def told_by(self, data: bytes, number: bytes) -> Response | None:
        """The response, if `data` is it on the stream of this number; HPACK's table is told."""
        if number.join(self._pieces) != data:
            return None
        generation = self._blocks.generation
        if self._generation != generation:
            if self._added is None:
                return None
            is_changed = self._blocks.add_again(self._added)
            self._generation = _NEVER if is_changed else generation
        return self._response
