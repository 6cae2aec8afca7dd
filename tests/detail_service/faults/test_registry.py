import pytest
from starlette.types import Scope

from detail_service.errors import TooManyFaultsError
from detail_service.faults.kinds.aborts import Hang
from detail_service.faults.kinds.responses import Status
from detail_service.faults.limits import FaultLimits
from detail_service.faults.registry import MAX_ACTIVE, MAX_ENDED, Delivery, FaultRegistry
from tests.detail_service.support import Clock, scope


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def faults(clock: Clock) -> FaultRegistry:
    return FaultRegistry(clock)


def selected(faults: FaultRegistry, requests: int, request: Scope | None = None) -> list[int]:
    request = request or scope()
    return [number for number in range(requests) if faults.select(request)]


def test_the_same_seed_gives_the_same_sequence(clock: Clock) -> None:
    spec = Status(kind="status", rate=0.2, seed=11)
    one, other = FaultRegistry(clock), FaultRegistry(clock)
    one.start(spec)
    other.start(spec)

    assert selected(one, 500) == selected(other, 500)


def test_without_a_seed_one_is_drawn_and_shown(faults: FaultRegistry) -> None:
    fault = faults.start(Status(kind="status", rate=0.5))
    sequence = selected(faults, 200)

    again = FaultRegistry(Clock())
    again.start(Status(kind="status", rate=0.5, seed=fault.seed))
    assert selected(again, 200) == sequence


def test_other_faults_and_other_requests_do_not_disturb_the_dice(clock: Clock) -> None:
    alone, crowded = FaultRegistry(clock), FaultRegistry(clock)
    spec = Status(kind="status", rate=0.3, seed=5, path="/catalogDetail")
    alone.start(spec)
    crowded.start(Hang(kind="hang", rate=0.5, seed=1))
    fault = crowded.start(spec)
    lone = selected(alone, 100)
    found = []
    for number in range(100):
        crowded.select(scope("/elsewhere"))
        injections = crowded.select(scope())
        if any(one.fault is fault for one in injections):
            found.append(number)

    assert found == lone
    assert fault.counts.matched == 100


def test_a_fault_ends_by_itself(faults: FaultRegistry, clock: Clock) -> None:
    fault = faults.start(Status(kind="status", ttl=30))
    clock.now += 29
    assert faults.seconds_left(fault) == pytest.approx(1)
    assert selected(faults, 1) == [0]

    clock.now += 1

    assert selected(faults, 1) == []
    assert list(faults) == []
    assert not faults.active


def test_a_fault_starts_late_and_grows(faults: FaultRegistry, clock: Clock) -> None:
    faults.start(Status(kind="status", after=10, ramp=100, seed=3))
    shares = []
    for step in (5, 25, 50, 75, 200):
        clock.now = 1000.0 + 10 * (step != 5) + step
        shares.append(len(selected(faults, 2000)) / 2000)

    assert shares[0] == 0
    assert shares[1:4] == pytest.approx([0.25, 0.5, 0.75], abs=0.05)
    assert shares[4] == 1


def test_ending_one_leaves_the_others(faults: FaultRegistry) -> None:
    first, second = faults.start(Status(kind="status")), faults.start(Hang(kind="hang"))

    assert faults.end(first.id)
    assert not faults.end(first.id)
    assert list(faults) == [second]
    assert faults.reset() == 1


def test_a_named_fault_is_replaced_and_not_stacked(faults: FaultRegistry) -> None:
    faults.start(Status(kind="status"), "original")
    faults.start(Status(kind="status"), "original")

    assert [fault.id for fault in faults] == ["original"]


def test_there_is_room_for_a_sane_number(faults: FaultRegistry, clock: Clock) -> None:
    for _ in range(MAX_ACTIVE):
        faults.start(Status(kind="status", ttl=5))
    with pytest.raises(TooManyFaultsError):
        faults.start(Status(kind="status"))

    clock.now += 5

    assert faults.start(Status(kind="status")).id == f"f{MAX_ACTIVE + 1}"


def test_memory_is_given_back_however_the_fault_ends(clock: Clock) -> None:
    faults = FaultRegistry(clock, FaultLimits(memory_bytes=1000))
    for end in ("end", "expire", "reset"):
        fault = faults.start(Status(kind="status", ttl=60))
        faults.memory.allocate(fault.id, 600)
        if end == "end":
            faults.end(fault.id)
        elif end == "reset":
            faults.reset()
        else:
            clock.now += 60
            faults.prune()

        assert faults.memory.held_bytes == 0


def test_requests_are_counted_by_fault_and_by_kind(faults: FaultRegistry) -> None:
    first = faults.start(Status(kind="status", rate=0.5, seed=1))
    faults.start(Status(kind="status", rate=0))
    injections = [one for _ in range(100) for one in faults.select(scope())]
    for injection in injections[:7]:
        injection.delivered()

    assert first.counts == Delivery(matched=100, selected=len(injections), delivered=7)
    assert faults.totals == {"status": Delivery(200, len(injections), 7)}


def test_why_a_fault_ended_and_its_counts_are_kept_for_a_while(
    faults: FaultRegistry, clock: Clock
) -> None:
    faults.start(Status(kind="status", ttl=1))
    faults.select(scope())
    clock.now += 1
    faults.prune()
    faults.start(Status(kind="status"), "original")
    faults.start(Status(kind="status"), "original")
    faults.end(faults.start(Hang(kind="hang")).id)
    faults.reset()

    ended = [(fault.id, fault.ended_by) for fault in faults.ended]
    assert ended == [
        ("f1", "ttl"),
        ("original", "replaced"),
        ("f2", "request"),
        ("original", "reset"),
    ]
    assert faults.ended[0].counts.matched == 1


def test_the_memory_of_what_ended_is_bounded(faults: FaultRegistry) -> None:
    for _ in range(MAX_ENDED + 10):
        faults.end(faults.start(Status(kind="status")).id)

    assert len(faults.ended) == MAX_ENDED
    assert faults.ended[-1].id == f"f{MAX_ENDED + 10}"


def test_the_next_to_expire_is_known(faults: FaultRegistry, clock: Clock) -> None:
    assert faults.next_expiry_s() is None
    faults.start(Status(kind="status"))
    faults.start(Status(kind="status", ttl=60))
    faults.start(Status(kind="status", ttl=10))
    clock.now += 1

    assert faults.next_expiry_s() == pytest.approx(9)
