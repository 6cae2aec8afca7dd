"""Which response is told by its bytes, and when it is not."""

from loadtester.load.http1.heads import MAX_REMEMBERED_RESPONSE_BYTES, Response
from loadtester.load.http2.blocks import Blocks
from loadtester.load.http2.repeated import Repeated

OK = Response(200, 0, keep_alive=True)
FREE = b"\x88\x00\x01a\x01b"
ADDING = b"\x88\x40\x01a\x01b"
INDEXED = b"\x88\xbe"


def sent(block: bytes, number: bytes) -> bytes:
    return len(block).to_bytes(3, "big") + b"\1\5" + number + block


def remembered(blocks: Blocks, block: bytes, *, times: int = 2) -> Repeated:
    """After a block came so often, each time as one response."""
    repeated = Repeated(blocks)
    for _ in range(times):
        blocks.restart()
        generation = blocks.generation
        blocks.head(block)
        repeated.remember(sent(block, b"\0\0\0\1"), [5], OK, 0, generation)
    return repeated


def test_only_the_streams_number_may_differ() -> None:
    repeated = remembered(Blocks(), FREE)
    assert repeated.size_bytes == 9 + len(FREE)
    assert repeated.told_by(sent(FREE, b"\0\0\0\7"), b"\0\0\0\7") is OK
    assert repeated.told_by(sent(FREE, b"\0\0\0\7"), b"\0\0\0\5") is None
    assert repeated.told_by(sent(FREE, b"\0\0\0\7")[:-1] + b"c", b"\0\0\0\7") is None


def test_what_came_once_may_never_come_again() -> None:
    assert remembered(Blocks(), FREE, times=1).size_bytes == 0


def test_what_it_adds_to_the_table_it_adds_again() -> None:
    blocks, plain = Blocks(), Blocks()
    repeated = remembered(blocks, ADDING)
    plain.head(ADDING)
    plain.head(ADDING)
    for _ in range(200):
        assert repeated.told_by(sent(ADDING, b"\0\0\0\7"), b"\0\0\0\7") is OK
        plain.head(ADDING)
        assert blocks._decoder._table == plain._decoder._table


def test_an_index_says_the_same_only_while_the_table_does() -> None:
    blocks = Blocks()
    blocks.head(ADDING)
    repeated = remembered(blocks, INDEXED)
    assert repeated.told_by(sent(INDEXED, b"\0\0\0\7"), b"\0\0\0\7") is OK
    blocks.head(b"\x88\x40\x01c\x01d")
    assert repeated.told_by(sent(INDEXED, b"\0\0\0\7"), b"\0\0\0\7") is None


def test_what_is_large_or_forgotten_is_not_told() -> None:
    blocks = Blocks()
    repeated = remembered(blocks, FREE)
    repeated.forget()
    assert repeated.size_bytes == 0
    repeated.remember(bytes(MAX_REMEMBERED_RESPONSE_BYTES + 1), [5], OK, 0, blocks.generation)
    assert repeated.size_bytes == 0
