from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtester.webhooks.access.hosts import OwnNames, own_names

CLUSTER = "nameserver 10.0.0.10\nsearch flagger.svc.cluster.local svc.cluster.local cluster.local\n"


@pytest.fixture
def ours(tmp_path: Path) -> OwnNames:
    (tmp_path / "resolv.conf").write_text(CLUSTER)
    allowed = ("*.corp.example", "Tester.example")
    return own_names("127.0.0.1", allowed, tmp_path / "resolv.conf")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:9090",
        "10.1.2.3:8080",
        "[::1]:9090",
        "[fe80::1%eth0]",
        "localhost:9090",
        "LOCALHOST",
        "app.localhost",
        "flagger-loadtester",
        "flagger-loadtester:80",
        "flagger-loadtester.flagger",
        "flagger-loadtester.flagger:80",
        "flagger-loadtester.flagger.svc",
        "flagger-loadtester.other.svc.cluster.local.",
        "a.corp.example",
        "tester.example:8080",
    ],
)
def test_our_names(ours: OwnNames, host: str) -> None:
    assert ours.include(host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:9090",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "flagger-loadtester.flagger.evil.example",
        "flagger.evil",
        "flagger-loadtester.other",
        "corp.example.evil",
        "evil.svc.example",
        "1.2.3",
        "evil.example@127.0.0.1",
        "127.0.0.1:80:90.x",
        "x" * 301,
    ],
)
def test_names_of_others(ours: OwnNames, host: str) -> None:
    assert not ours.include(host)


def test_without_a_cluster_there_are_no_services(tmp_path: Path) -> None:
    for text in ("", "search corp.example\n", "search\n", "\xff"):
        (tmp_path / "resolv.conf").write_bytes(text.encode("latin-1"))
        names = own_names("0.0.0.0", (), tmp_path / "resolv.conf")
        assert not names.include("flagger-loadtester.flagger")
    assert not own_names("::1", (), tmp_path / "none").include("a.b")


def test_a_star_allows_every_name() -> None:
    assert own_names("127.0.0.1", ("*",)).include("evil.example")


@given(st.text(max_size=400))
def test_any_text(host: str) -> None:
    assert OwnNames().include(host) in (True, False)
