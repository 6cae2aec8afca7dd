import time

from rehearsal.output.web.service_map import ServiceMap
from xray_local.spans import Span
from xray_local.store import TraceStore


def test_who_calls_whom_is_drawn_as_soon_as_there_are_traces() -> None:
    store = TraceStore()
    drawn = ServiceMap(store)
    assert drawn.draw() == ServiceMap(None).draw() == ""
    now_s = time.time()
    caller = Span("1" * 32, "a" * 16, "", "front", "front", now_s - 1, now_s, is_entry=True)
    call = Span("1" * 32, "b" * 16, "a" * 16, "shop", "shop", now_s - 1, now_s, is_entry=True)
    store.add([caller, call])
    text = drawn.draw()
    assert text.startswith("<svg")
    assert "front" in text
    assert "shop" in text
