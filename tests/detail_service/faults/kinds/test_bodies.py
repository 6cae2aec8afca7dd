import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detail_service.faults.kinds.bodies import corrupt_json

documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(documents, st.floats(0, 1, exclude_max=True))
def test_no_document_survives_and_none_changes_its_length(document: object, draw: float) -> None:
    body = json.dumps(document).encode()
    corrupted = corrupt_json(body, draw)

    assert len(corrupted) == len(body)
    with pytest.raises(ValueError):
        json.loads(corrupted)


def test_the_draw_chooses_the_place() -> None:
    body = b'{"version":"2"}'

    assert len({corrupt_json(body, place / 10) for place in range(10)}) > 4


def test_a_body_that_is_no_json_is_corrupted_all_the_same() -> None:
    assert corrupt_json(b"plain text", 0.5) != b"plain text"
