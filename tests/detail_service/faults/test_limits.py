"""The budget counts what is really taken, however it is asked for."""

import tracemalloc

from hypothesis import given, settings
from hypothesis import strategies as st

from detail_service.faults.limits import BLOCK_BYTES, MemoryBudget

requests = st.lists(
    st.tuples(st.sampled_from(["f1", "f2", "f3"]), st.integers(1, 3 * BLOCK_BYTES)), max_size=30
)


@given(st.integers(0, 6 * BLOCK_BYTES), requests)
@settings(deadline=None)
def test_never_more_than_the_limit_and_everything_is_given_back(
    limit_bytes: int, wanted: list[tuple[str, int]]
) -> None:
    budget = MemoryBudget(limit_bytes)
    allocated = 0
    for owner, size in wanted:
        got = budget.allocate(owner, size)
        allocated += got
        assert 0 <= got <= size
        assert allocated <= budget.held_bytes <= limit_bytes
        assert got == size or budget.held_bytes >= limit_bytes - 128
    for owner in ("f1", "f2", "f3", "unknown"):
        budget.release(owner)

    assert budget.held_bytes == 0


def test_many_small_leaks_cost_what_is_counted() -> None:
    budget = MemoryBudget(16 * 1024**2)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(100_000):
        budget.allocate("f1", 2)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert 200_000 <= budget.held_bytes < 200_000 + 2 * BLOCK_BYTES
    assert after - before <= budget.held_bytes + 4096


def test_one_fault_gives_back_its_own() -> None:
    budget = MemoryBudget(10 * BLOCK_BYTES)
    budget.allocate("f1", BLOCK_BYTES)
    held_by_f1 = budget.held_bytes
    budget.allocate("f2", 3 * BLOCK_BYTES)
    budget.release("f2")

    assert budget.held_bytes == held_by_f1
