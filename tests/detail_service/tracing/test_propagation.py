import pytest
from hypothesis import given
from hypothesis import strategies as st

from detail_service.tracing.propagation import MAX_BYTES, parse_xray

ROOT = "1-5759e988-bd862e3fe1be46a994272793"
PARENT = "53995c3f42cd8ad8"


def test_the_documented_form() -> None:
    header = parse_xray(f"Root={ROOT};Parent={PARENT};Sampled=1".encode())

    assert header is not None
    assert (header.root, header.parent, header.sampled) == (ROOT, PARENT, 1)


@pytest.mark.parametrize(
    "text",
    [
        f"Sampled=0;Root={ROOT}",
        f"root={ROOT}; sampled=0",
        f"  ROOT={ROOT.upper()} ;SAMPLED = 0;",
        f"Self=1-12345678-abcdef;Root={ROOT};Sampled=0",
    ],
)
def test_case_order_and_spaces_do_not_matter(text: str) -> None:
    header = parse_xray(text.encode())

    assert header is not None
    assert (header.root, header.sampled) == (ROOT, 0)
    assert header.data == {}


def test_a_question_stays_one_and_unknown_keys_are_kept() -> None:
    header = parse_xray(f"Root={ROOT};Sampled=?;Lineage=a87bd80c:0".encode())

    assert header is not None
    assert header.sampled == "?"
    assert header.data == {"Lineage": "a87bd80c:0"}
    assert "Lineage=a87bd80c:0" in header.to_header_str()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "Root=",
        "Sampled=1",
        "Root=1-5759e988-tooshort",
        f"Root=2{ROOT[1:]}",
        f"Root={ROOT};Parent=xyz",
        f"Root={ROOT};Sampled=yes",
        f"Root={ROOT};Root={ROOT}",
        f"Root={ROOT};Empty=",
        f"Root={ROOT};X={'y' * MAX_BYTES}",
    ],
)
def test_what_is_not_of_the_form_is_ignored_whole(text: str) -> None:
    assert parse_xray(text.encode()) is None


@given(st.binary(max_size=600))
def test_no_bytes_do_harm(raw: bytes) -> None:
    header = parse_xray(raw)

    assert header is None or header.root
