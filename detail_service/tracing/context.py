"""Where the current segment lives: a context variable.

The SDK's own contexts keep it in a thread-local, which is wrong under asyncio, or on the task
through a task factory, which uvloop refuses. A context variable holds an immutable tuple here:
tasks started by a request inherit what was open at that moment, and what one of them opens or
closes cannot disturb its siblings.
"""

from contextvars import ContextVar
from typing import Any

from aws_xray_sdk.core.context import Context


class VariableContext(Context):  # type: ignore[misc]
    """The SDK's context interface over one ContextVar of open entities, outermost first."""

    def __init__(self, context_missing: str = "LOG_ERROR") -> None:
        super().__init__(context_missing)
        self._open: ContextVar[tuple[Any, ...]] = ContextVar("xray_entities", default=())

    def put_segment(self, segment: Any) -> None:
        self._open.set((segment,))

    def put_subsegment(self, subsegment: Any) -> None:
        parent = self.get_trace_entity()
        if parent is not None:
            parent.add_subsegment(subsegment)
            self._open.set((*self._open.get(), subsegment))

    def end_subsegment(self, end_time: float | None = None) -> bool:
        entities = self._open.get()
        if not entities or not self._is_subsegment(entities[-1]):
            return False
        if entities[-1].in_progress:
            entities[-1].close(end_time)
        self._open.set(entities[:-1])
        return True

    def get_trace_entity(self) -> Any:
        entities = self._open.get()
        return entities[-1] if entities else self.handle_context_missing()

    def current(self) -> Any:
        """The innermost entity of a segment still open, or None."""
        entities = self._open.get()
        return entities[-1] if entities and entities[0].in_progress else None

    def forget(self) -> None:
        """Leave nothing behind for a request that inherits this context (pipelining does)."""
        if self._open.get():
            self._open.set(())

    def set_trace_entity(self, trace_entity: Any) -> None:
        self._open.set((trace_entity,))

    def clear_trace_entities(self) -> None:
        self._open.set(())
