import pytest

from detail_service.errors import BoardFullError
from detail_service.faults.board import MOST, Board
from detail_service.faults.exchange import Caps, Scope
from detail_service.faults.kinds.hang import Hang
from detail_service.faults.kinds.status import Status
from tests.detail_service.support import Clock, scope


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def board(clock: Clock) -> Board:
    return Board(clock)


def hits(board: Board, requests: int, request: Scope | None = None) -> list[int]:
    request = request or scope()
    return [number for number in range(requests) if board.strikes(request)]


def test_the_same_seed_gives_the_same_sequence(clock: Clock) -> None:
    plan = Status(kind="status", rate=0.2, seed=11)
    one, other = Board(clock), Board(clock)
    one.add(plan)
    other.add(plan)

    assert hits(one, 500) == hits(other, 500)


def test_without_a_seed_one_is_drawn_and_shown(board: Board) -> None:
    fault = board.add(Status(kind="status", rate=0.5))
    sequence = hits(board, 200)

    again = Board(Clock())
    again.add(Status(kind="status", rate=0.5, seed=fault.seed))
    assert hits(again, 200) == sequence


def test_other_faults_and_other_requests_do_not_disturb_the_dice(clock: Clock) -> None:
    alone, crowded = Board(clock), Board(clock)
    plan = Status(kind="status", rate=0.3, seed=5, path="/catalogDetail")
    alone.add(plan)
    crowded.add(Hang(kind="hang", rate=0.5, seed=1))
    fault = crowded.add(plan)
    lone = hits(alone, 100)
    found = []
    for number in range(100):
        crowded.strikes(scope("/elsewhere"))
        struck = crowded.strikes(scope())
        if any(strike.fault is fault for strike in struck):
            found.append(number)

    assert found == lone
    assert fault.seen == 100


def test_a_fault_ends_by_itself(board: Board, clock: Clock) -> None:
    fault = board.add(Status(kind="status", ttl=30))
    clock.now += 29
    assert board.seconds_left(fault) == pytest.approx(1)
    assert hits(board, 1) == [0]

    clock.now += 1

    assert hits(board, 1) == []
    assert list(board) == []
    assert not board.live


def test_a_fault_starts_late_and_grows(board: Board, clock: Clock) -> None:
    board.add(Status(kind="status", after=10, ramp=100, seed=3))
    shares = []
    for step in (5, 25, 50, 75, 200):
        clock.now = 1000.0 + 10 * (step != 5) + step
        shares.append(len(hits(board, 2000)) / 2000)

    assert shares[0] == 0
    assert shares[1:4] == pytest.approx([0.25, 0.5, 0.75], abs=0.05)
    assert shares[4] == 1


def test_ending_one_leaves_the_others(board: Board) -> None:
    first, second = board.add(Status(kind="status")), board.add(Hang(kind="hang"))

    assert board.remove(first.id)
    assert not board.remove(first.id)
    assert list(board) == [second]
    assert board.clear() == 1


def test_a_named_fault_is_replaced_and_not_stacked(board: Board) -> None:
    board.add(Status(kind="status"), "original")
    board.add(Status(kind="status"), "original")

    assert [fault.id for fault in board] == ["original"]


def test_there_is_room_for_a_sane_number(board: Board, clock: Clock) -> None:
    for _ in range(MOST):
        board.add(Status(kind="status", ttl=5))
    with pytest.raises(BoardFullError):
        board.add(Status(kind="status"))

    clock.now += 5

    assert board.add(Status(kind="status")).id == f"f{MOST + 1}"


def test_memory_is_given_back_however_the_fault_ends(clock: Clock) -> None:
    board = Board(clock, Caps(memory_bytes=1000))
    for end in ("remove", "expire", "clear"):
        fault = board.add(Status(kind="status", ttl=60))
        board.hoard.keep(fault.id, 600)
        if end == "remove":
            board.remove(fault.id)
        elif end == "clear":
            board.clear()
        else:
            clock.now += 60
            board.prune()

        assert board.hoard.held_bytes == 0


def test_hits_are_counted_by_fault_and_by_kind(board: Board) -> None:
    fault = board.add(Status(kind="status"))
    board.count(board.strikes(scope()))
    board.count(board.strikes(scope()))

    assert fault.hits == 2
    assert board.injected == {"status": 2}
