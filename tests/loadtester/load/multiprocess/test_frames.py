import io

import pytest

from loadtester.load.multiprocess.frames import receive, send


def test_values_come_out_as_they_went_in() -> None:
    stream = io.BytesIO()
    for value in ("stop", 5, {"a": [1, 2]}):
        send(stream, value)
    stream.seek(0)
    assert [receive(stream) for _ in range(3)] == ["stop", 5, {"a": [1, 2]}]


@pytest.mark.parametrize("cut", [0, 3, 10])
def test_a_stream_that_ends_is_told(cut: int) -> None:
    stream = io.BytesIO()
    send(stream, "a value of some length")
    with pytest.raises(EOFError):
        receive(io.BytesIO(stream.getvalue()[:cut]))
