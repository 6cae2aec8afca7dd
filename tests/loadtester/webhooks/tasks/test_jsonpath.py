import pytest

from loadtester.webhooks.tasks.jsonpath import Path

DOCUMENT = {"version": "1", "vendors": [{"name": "ABC.com"}, {"name": "XYZ"}], "odd key": {"é": 1}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$", DOCUMENT),
        ("$.version", "1"),
        ("version", "1"),
        ("$.vendors[0].name", "ABC.com"),
        ("$.vendors[-1]['name']", "XYZ"),
        ('$["odd key"].é', 1),
    ],
)
def test_paths(text: str, value: object) -> None:
    assert Path.parse(text).read(DOCUMENT) == value


@pytest.mark.parametrize(
    "text", ["$.nope", "$.vendors[2]", "$.version[0]", "$.vendors.name", "$[0]"]
)
def test_what_is_not_there(text: str) -> None:
    with pytest.raises(LookupError, match="there is no such value"):
        Path.parse(text).read(DOCUMENT)


@pytest.mark.parametrize("text", ["$..x", "$.*", "$.a[", "$.a[x]", "$.a['b]", "a b", "$.", "[?x]"])
def test_what_is_no_path(text: str) -> None:
    with pytest.raises(ValueError, match="is not a path"):
        Path.parse(text)
