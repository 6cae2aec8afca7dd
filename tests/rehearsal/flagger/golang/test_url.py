"""URLs: what go1.26's url.Parse gave for each line of `urls.jsonl`."""

import json
from pathlib import Path

import pytest

from rehearsal.flagger.golang.url import UrlError, parse_url

FACTS = [
    json.loads(line)
    for line in Path(__file__).with_name("urls.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize(("url", "text", "error"), FACTS)
def test_says_what_go_says(url: str, text: str, error: str) -> None:
    try:
        read, said = str(parse_url(url)), ""
    except UrlError as failure:
        read, said = "", str(failure)
    assert (read, said) == (text, error)
