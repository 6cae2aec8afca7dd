from collections.abc import Sequence
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detail_service.faults.kinds.responses import Status
from detail_service.faults.scope import is_protected, matches

PROBES = ["/", "/ping", "/healthz", "/readyz", "/metrics", "/version", "/openapi.json",
          "/faults", "/faults/f1", "/injectFault", "/resetFault"]  # fmt: skip


def hit(request: str, /, headers: Sequence[tuple[bytes, bytes]] = (), **spec: object) -> bool:
    made = Status.model_validate({"kind": "status", **spec})
    return matches(made, request, "GET", headers)


@pytest.mark.parametrize("path", PROBES)
def test_probes_and_control_are_spared_unless_named(path: str) -> None:
    assert is_protected(path)
    assert not hit(path)
    assert not hit(path, path="/*")
    assert hit(path, path=path)


def test_everything_else_is_hit() -> None:
    assert hit("/catalogDetail")
    assert hit("/unknown")


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/catalogDetail", "/catalogDetail", True),
        ("/catalogDetail", "/catalogdetail", False),
        ("/api/*", "/api/one/two", True),
        ("/api/*", "/apiary", False),
        ("/a?c*", "/abc", False),
        ("/a?c*", "/a?cd", True),
        ("/a[bc]*", "/ab", False),
        ("/a[bc]*", "/a[bc]d", True),
        ("/*", "/", False),
        ("/*/b", "/a/b", True),
        ("/*/b", "/b", False),
        ("/a*a", "/a", False),
        ("/a*a", "/aa", True),
        ("/**", "/x", True),
        ("/*b*b*", "/b", False),
        ("/*b*b*", "/xbxbx", True),
        ("/*ab*", "/aab", True),
    ],
)
def test_only_the_star_is_special(pattern: str, path: str, expected: bool) -> None:
    assert hit(path, path=pattern) is expected


stars = st.lists(st.sampled_from("ab*"), max_size=8).map("".join)


@given(stars, st.text("ab", max_size=10))
def test_a_star_stands_for_anything_as_it_does_in_a_shell(pattern: str, path: str) -> None:
    assert hit(f"/x{path}", path=f"/x{pattern}") is fnmatchcase(f"/x{path}", f"/x{pattern}")


def test_a_method_narrows() -> None:
    assert not matches(Status(kind="status", method="POST"), "/x", "GET", [])
    assert matches(Status(kind="status", method="POST"), "/x", "POST", [])


def test_a_header_narrows_by_name_or_by_name_and_value() -> None:
    headers = [(b"x-canary", b"always"), (b"host", b"detail")]

    assert hit("/x", headers, header="X-Canary")
    assert hit("/x", headers, header="x-canary: always")
    assert not hit("/x", headers, header="x-canary:never")
    assert not hit("/x", headers, header="x-other")
