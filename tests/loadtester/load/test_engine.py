import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtester.load.engine import Shard
from loadtester.load.run import run_blocking
from tests.loadtester.load.plans import closed
from tests.loadtester.load.servers import serving


@given(st.integers(0, 10**9), st.integers(1, 64))
def test_the_parts_of_the_shards_add_up_and_differ_by_one_at_most(whole: int, of: int) -> None:
    parts = [Shard(k, of).part(whole) for k in range(of)]
    assert sum(parts) == whole
    assert max(parts) - min(parts) <= 1


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_collection_is_left_as_it_was_found(enabled: bool) -> None:
    if not enabled:
        gc.disable()
    try:
        with serving() as server:
            run_blocking(closed(server.url, requests=2))
        assert gc.isenabled() is enabled
        assert gc.get_freeze_count() == 0
    finally:
        gc.enable()


def test_the_result_echoes_the_plan_and_tells_about_the_generator() -> None:
    with serving() as server:
        plan = closed(server.url, requests=50, connections=2)
        result = run_blocking(plan)
    assert result.plan == plan.to_json()
    assert result.started_unix_ns > 0
    assert not result.interrupted
    assert 0 < result.health.cpu_s <= result.health.wall_s * 2
    assert result.verdict.reason
