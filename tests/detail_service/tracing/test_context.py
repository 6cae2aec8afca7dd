import asyncio
from contextvars import copy_context
from typing import Any

import pytest
from aws_xray_sdk.core.models.segment import Segment
from aws_xray_sdk.core.models.subsegment import Subsegment

from detail_service.tracing.context import VariableContext
from tests.detail_service.support import daemon, tracing


def opened(context: VariableContext, name: str = "one") -> Any:
    segment = Segment(name)
    context.put_segment(segment)
    return segment


@pytest.mark.anyio
async def test_concurrent_requests_do_not_see_each_other() -> None:
    context = VariableContext()

    async def request(name: str) -> str:
        opened(context, name)
        await asyncio.sleep(0)
        return str(context.get_trace_entity().name)

    names = [f"segment-{number}" for number in range(20)]
    assert await asyncio.gather(*map(request, names)) == names


@pytest.mark.anyio
async def test_children_of_one_request_hang_their_subsegments_on_its_segment() -> None:
    context = VariableContext()
    segment = opened(context)

    async def child(name: str) -> None:
        subsegment = Subsegment(name, "local", segment)
        context.put_subsegment(subsegment)
        await asyncio.sleep(0)
        assert context.get_trace_entity() is subsegment
        context.end_subsegment()
        assert context.get_trace_entity() is segment

    await asyncio.gather(*(child(str(number)) for number in range(10)))

    assert {one.name for one in segment.subsegments} == {str(number) for number in range(10)}
    assert all(one.parent_id == segment.id for one in segment.subsegments)
    assert segment.ref_counter.get_current() == 0


def test_a_thread_that_is_given_the_context_has_the_segment() -> None:
    context = VariableContext()
    segment = opened(context)

    assert copy_context().run(context.get_trace_entity) is segment


def test_nothing_is_current_before_after_and_when_forgotten() -> None:
    context = VariableContext("IGNORE_ERROR")
    assert context.current() is None
    assert context.get_trace_entity() is None

    segment = opened(context)
    assert context.current() is segment
    segment.close()
    assert context.current() is None

    context.forget()
    assert context.get_trace_entity() is None


def test_ending_a_subsegment_that_is_not_open_is_no_error() -> None:
    context = VariableContext("IGNORE_ERROR")

    assert not context.end_subsegment()
    opened(context)
    assert not context.end_subsegment()


@pytest.mark.anyio
async def test_a_task_that_outlives_its_request_sends_the_segment_when_it_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with daemon() as server:
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", server.address)
        with tracing() as tracer:
            recorder = tracer.recorder
            recorder.begin_segment("one", sampling=1)
            release = asyncio.Event()

            async def later() -> None:
                recorder.begin_subsegment("later")
                await release.wait()
                recorder.end_subsegment()

            task = asyncio.create_task(later())
            await asyncio.sleep(0)
            recorder.end_segment()
            assert recorder.emitter.sent == 0
            release.set()
            await task

            (document,) = server.receive(1)
            assert [one["name"] for one in document["subsegments"]] == ["later"]
