from hypothesis import given
from hypothesis import strategies as st

from loadtester.webhooks.processes.output import BoundedOutput


@given(st.lists(st.binary(max_size=20)), st.integers(1, 100))
def test_head_and_tail_are_kept_and_the_rest_counted(pieces: list[bytes], limit: int) -> None:
    output = BoundedOutput(limit)
    for piece in pieces:
        output.add(piece)
    whole, value = b"".join(pieces), output.value()
    if len(whole) <= limit:
        assert value == whole
        return
    head, tail = limit - limit // 2, limit // 2
    note = f"\n... {len(whole) - limit} bytes left out ...\n".encode()
    assert value == whole[:head] + note + whole[len(whole) - tail :]
