import pytest

from loadtester.webhooks.errors import BadTaskError
from loadtester.webhooks.tasks import metadata as read


@pytest.mark.parametrize(
    "url", ["http://x", "https://x:3000/a?b=c", "http://[::1]:80/", "HTTP://X/"]
)
def test_urls(url: str) -> None:
    assert read.url({"url": url}) == url


@pytest.mark.parametrize(
    "url", ["x", "ftp://x", "http://", "http://x:99999", "http://a b", "http://x\n", "//x", "-x"]
)
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(BadTaskError, match=r"^url: "):
        read.url({"url": url})


def test_lists() -> None:
    assert read.lines({"a": " x, y\nz ,,\n"}, "a") == ["x", "y", "z"]
    assert read.lines({}, "a") == []


def test_durations_numbers_and_counts() -> None:
    assert read.duration_s({"a": "1m30s"}, "a", 1.0) == 90.0
    assert read.duration_s({}, "a", 1.0) == 1.0
    assert read.number({"a": "2.5"}, "a", 1.0) == 2.5
    assert read.count({"a": "7"}, "a", 1) == 7


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "0", "1e400", "x", ""])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(BadTaskError, match=r"^a: "):
        read.number({"a": text}, "a", 1.0)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "٣", "9" * 50, ""])
def test_what_is_no_count(text: str) -> None:
    with pytest.raises(BadTaskError, match=r"^a: "):
        read.count({"a": text}, "a", 1)


@pytest.mark.parametrize("text", ["-x", "a b", "a\n", "a/b", "u@h"])
def test_what_is_no_host(text: str) -> None:
    with pytest.raises(BadTaskError, match=r"^h: "):
        read.host({"h": text}, "h")
