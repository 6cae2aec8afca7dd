import pytest
from hypothesis import given
from hypothesis import strategies as st

from detail_service.tracing.propagation import (
    MAX_BYTES,
    origin_of,
    parse_traceparent,
    parse_xray,
    traceparent,
    tracestate_of,
    w3c_trace_id,
    xray_trace_id,
)

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
        f"Root={ROOT};X=\u00e9",
        f"Root={ROOT};X=\x01",
    ],
)
def test_what_is_not_of_the_form_is_ignored_whole(text: str) -> None:
    assert parse_xray(text.encode("latin-1")) is None


@given(st.binary(max_size=600))
def test_no_bytes_do_harm(raw: bytes) -> None:
    header = parse_xray(raw)

    assert header is None or header.root


W3C = "5759e988bd862e3fe1be46a994272793"


@pytest.mark.parametrize(
    ("text", "sampled"),
    [
        (f"00-{W3C}-{PARENT}-01", 1),
        (f"00-{W3C}-{PARENT}-00", 0),
        (f"00-{W3C}-{PARENT}-03", 1),
        (f"00-{W3C}-{PARENT}-fe", 0),
        (f"01-{W3C}-{PARENT}-01", 1),
        (f"cc-{W3C}-{PARENT}-01-what-the-future-will-be-like", 1),
        (f" 00-{W3C}-{PARENT}-01 ", 1),
    ],
)
def test_the_w3c_form_is_the_same_trace(text: str, sampled: int) -> None:
    header = parse_traceparent(text.encode())

    assert header is not None
    assert (header.root, header.parent, header.sampled) == (ROOT, PARENT, sampled)


@pytest.mark.parametrize(
    "text",
    [
        "",
        W3C,
        f"00-{W3C}-{PARENT}",
        f"00-{W3C}-{PARENT}-1",
        f"00-{W3C}-{PARENT}-01-more",
        f"00-{W3C.upper()}-{PARENT}-01",
        f"00-{W3C[:-1]}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{W3C}-{'0' * 16}-01",
        f"ff-{W3C}-{PARENT}-01",
        f"cc-{W3C}-{PARENT}-01.what",
        f"cc-{W3C}-{PARENT}-01-{'x' * MAX_BYTES}",
    ],
)
def test_what_is_not_of_the_w3c_form_is_ignored(text: str) -> None:
    assert parse_traceparent(text.encode()) is None


@given(st.binary(max_size=600))
def test_no_bytes_do_harm_to_the_w3c_form(raw: bytes) -> None:
    header = parse_traceparent(raw)

    assert header is None or header.root


@given(st.integers(1, 2**128 - 1), st.integers(1, 2**64 - 1), st.booleans())
def test_an_id_written_either_way_is_the_same(trace: int, span: int, sampled: bool) -> None:
    w3c, parent = f"{trace:032x}", f"{span:016x}"
    header = parse_traceparent(f"00-{w3c}-{parent}-{sampled:02x}".encode())

    assert header is not None
    assert w3c_trace_id(xray_trace_id(w3c)) == w3c
    assert parse_xray(header.to_header_str().encode()).root == header.root  # type: ignore[union-attr]
    assert traceparent(header.root, parent, sampled=sampled) == f"00-{w3c}-{parent}-{sampled:02x}"


def test_w3c_knows_no_trace_of_zeros() -> None:
    assert traceparent(f"1-{'0' * 8}-{'0' * 24}", PARENT, sampled=False) is None


OTHER = "1-12345678-bd862e3fe1be46a994272793"


@pytest.mark.parametrize(
    ("headers", "root"),
    [
        ([], None),
        ([(b"host", b"detail")], None),
        ([(b"traceparent", f"00-{W3C}-{PARENT}-01".encode())], ROOT),
        (
            [
                (b"traceparent", f"00-{W3C}-{PARENT}-01".encode()),
                (b"x-amzn-trace-id", f"Root={OTHER}".encode()),
            ],
            OTHER,
        ),
        (
            [
                (b"x-amzn-trace-id", b"Root=evil"),
                (b"traceparent", f"00-{W3C}-{PARENT}-01".encode()),
            ],
            ROOT,
        ),
        ([(b"traceparent", f"00-{W3C}-{PARENT}-01".encode())] * 2, None),
        (
            [
                (b"x-amzn-trace-id", f"Root={ROOT}".encode()),
                (b"x-amzn-trace-id", f"Root={OTHER}".encode()),
            ],
            ROOT,
        ),
    ],
)
def test_xrays_header_wins_and_two_of_w3cs_are_none(
    headers: list[tuple[bytes, bytes]], root: str | None
) -> None:
    origin = origin_of(headers)

    assert (origin and origin.root) == root


@pytest.mark.parametrize("trace", [W3C, "0" * 31 + "1"])
def test_a_proxy_that_knows_w3c_alone_is_the_caller_in_the_same_trace(trace: str) -> None:
    proxy = "12" * 8
    origin = origin_of(
        [
            (b"x-amzn-trace-id", f"Root={ROOT};Parent={PARENT};Sampled=1;Lineage=a".encode()),
            (b"traceparent", f"00-{trace}-{proxy}-01".encode()),
        ]
    )
    assert origin is not None
    assert (origin.root, origin.sampled, origin.data) == (ROOT, 1, {"Lineage": "a"})
    assert origin.parent == (proxy if trace == W3C else PARENT)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], ""),
        ([b"a=1"], "a=1"),
        ([b"a=1", b" ", b"b=2,c=3"], "a=1,b=2,c=3"),
        ([b"a=" + b"x" * MAX_BYTES], ""),
        ([b"a=\xe9"], ""),
        ([b"a=\x01"], ""),
    ],
)
def test_tracestate_is_passed_on_if_it_is_fit_to(values: list[bytes], expected: str) -> None:
    assert tracestate_of([(b"tracestate", value) for value in values]) == expected
