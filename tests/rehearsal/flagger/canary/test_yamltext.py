"""YAML as kubectl reads it, with lines; and texts made to hurt the reader."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal.flagger.canary.yamltext import YamlError, documents, documents_and_errors
from tests.growth import assert_linear

KUBECTL = shutil.which("kubectl") or shutil.which("kubectl", path=str(Path(sys.executable).parent))
WORDS = """
1e3 1E3 1e+3 -1e3 12e03 1e 1e+ 1e5.5 0x1p4 1e400 1e-400 1e20 1e21 0.5e1 0e0 1.5e3 12e-1 .5e3 .e3
y Y yes Yes YES yEs n N no NO on On off OFF true True TRUE tRUE false 0o7 0O7 017 08 09 00 0777
0888 -017 -08 +0o17 00x1 0x1F 0X1f 0x -0x1f +0x1f 0b11 0B11 -0b11 +0b1 1_000 _1 1_ 1__0 0x_1
0x1_F 0b1_0 0_7 1_0.5 1_0e1 0 -0 -0.0 0.0 +5 -5 + . .5 5. -.5 +.5 ._5 ..5 1.0 1.10 100.0 0.1
1.2.3 1,000 3m 99% 2021-03-22 2021-1-1 2021-13-45 2021-01-01T00:00:00Z 12:30:45 190:20:30 1:20
0:0 ~ null Null NULL nUll = << 9223372036854775807 9223372036854775808 -9223372036854775808
-9223372036854775809 18446744073709551615 18446744073709551616 0xffffffffffffffff
0xfffffffffffffffff 123456789012345678901234567890 0o777777777777777777777 -0x8000000000000000
0.0000001
"""
TAGGED = (
    "!!str 5",
    "!!int 5",
    "!!float 5",
    "!!float 1.5",
    "!foo 5",
    '! "5"',
    '!!int "5"',
    "'5'",
    '"y"',
    "!!binary aGk=",
    "!!bool yes",
    "!!timestamp 2021-01-01",
    "!!null ~",
    "!!map x",
    "2021-01-01 10:00:00",
    "2001-12-14 21:59:43.10 -5",
    "2021-01-01t1:2:3.5+01:00",
)
SCALARS = [*WORDS.split(), *TAGGED]


def value(scalar: str) -> Any:
    (document,) = documents(f"a: {scalar}\nb: 0\n")
    return document.value.get("a")


def kubectl_values(scalars: list[str]) -> list[Any]:
    entries = "".join(f"  k{index}: {scalar}\n" for index, scalar in enumerate(scalars))
    text = f"apiVersion: v1\nkind: X\nmetadata: {{name: x}}\ndata:\n{entries}"
    command = [str(KUBECTL), "annotate", "--local", "-f", "-", "a=b", "-o", "json"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    data = json.loads(done.stdout)["data"]
    return [data[f"k{index}"] for index in range(len(scalars))]


def same(ours: Any, kubectls: Any) -> bool:
    """Equal, and both numbers, both words, or both booleans."""
    if isinstance(ours, bool | str | None) or isinstance(kubectls, bool | str | None):
        return type(ours) is type(kubectls) and ours == kubectls
    return float(ours) == float(kubectls)


@pytest.mark.skipif(KUBECTL is None, reason="needs kubectl")
def test_scalars_are_kubectls() -> None:
    theirs = kubectl_values(SCALARS)
    different = [
        (scalar, ours, kubectls)
        for scalar, kubectls in zip(SCALARS, theirs, strict=True)
        if not same(ours := value(scalar), kubectls)
    ]
    assert different == []


@pytest.mark.skipif(KUBECTL is None, reason="needs kubectl")
@settings(max_examples=5, deadline=None)
@given(st.lists(st.text("0123456789+-._eExXobBOyYnT~:a", min_size=1), min_size=50, max_size=50))
def test_made_up_scalars_are_kubectls(scalars: list[str]) -> None:
    readable = [one for one in scalars if not isinstance(_value_or_error(one), YamlError)]
    theirs = kubectl_values(readable)
    different = [
        one for one, other in zip(readable, theirs, strict=True) if not same(value(one), other)
    ]
    assert different == []


def _value_or_error(scalar: str) -> Any:
    try:
        return value(scalar)
    except YamlError as error:
        return error


@pytest.mark.parametrize(
    ("scalar", "reason"),
    [
        ("!!bool abc", "cannot decode !!str `abc` as a !!bool"),
        ("!!int ''", "cannot decode !!null `` as a !!int"),
        ("!!int 1.5", "cannot decode !!float `1.5` as a !!int"),
        ("!!timestamp", "cannot decode !!null `` as a !!timestamp"),
        ("!!timestamp x", "cannot decode !!str `x` as a !!timestamp"),
        ("!!null x", "cannot decode !!str `x` as a !!null"),
        ("!!float x", "cannot decode !!str `x` as a !!float"),
        ("!!binary '*'", "!!binary value contains invalid base64 data"),
        (".nan", ".nan is no value that JSON knows"),
        ("-.Inf", "-.Inf is no value that JSON knows"),
    ],
)
def test_scalars_that_kubectl_refuses(scalar: str, reason: str) -> None:
    with pytest.raises(YamlError, match=f"^{reason.replace('*', '.')}$") as caught:
        value(scalar)
    assert (caught.value.line, caught.value.column) == (1, 4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes: a\n1e3: b\n017: c\n1.5: d\n", {"true": "a", "1000": "b", "15": "c", "1.5": "d"}),
        ("x: &x {a: 1, b: 2}\nout: {a: 9, <<: *x, b: 3}\n", {"a": 1, "b": 3}),
        ("x: &x {a: 1}\nz: &z {a: 2, c: 4}\nout: {<<: [*x, *z]}\n", {"a": 1, "c": 4}),
        ("a: null\nb: [null, ~]\n", {"b": [None, None]}),
        ("%YAML 1.1\n---\na: 1\n", {"a": 1}),
        ("--- {a: 1}\n", {"a": 1}),
        ('{\n\t"a": [1,\n\t2]\n}\n', {"a": [1, 2]}),
    ],
)
def test_objects(text: str, expected: dict[str, Any]) -> None:
    (document,) = documents(text)
    assert document.value.get("out", document.value) == expected


def test_everything_knows_its_place() -> None:
    text = "# c\n---\na: 1\n---\nb:\n  - x: 1\n\n  - y: |\n      one\n      two\n# end\n"
    first, second = documents(text)
    assert first.line(("a",)) == 3
    assert (second.line(("b", 1, "y")), second.find(("b", 1, "y")).column) == (8, 5)
    assert second.find(("b",)).end_line == 10
    assert second.line(("b", 1, "nowhere", "else")) == 8


def test_a_document_that_cannot_be_read_does_not_hide_the_others() -> None:
    found = list(
        documents_and_errors("a: [\n---\nb: 1\n---\nc: {{ x }}\nd: {{ y }}: z\n---\ne: 1\n")
    )
    errors = [one for one in found if isinstance(one, YamlError)]
    values = [one.value for one in found if not isinstance(one, YamlError)]
    assert values == [{"b": 1}, {"e": 1}]
    assert [error.line for error in errors] == [2, 5]
    assert "looks like a template" in errors[1].reason


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 12)
)
BAD = {
    "deep flow mappings": "{a: " * 500 + "1" + "}" * 500,
    "deep flow sequences": "[" * 200_000,
    "deep block sequences": "- " * 100_000,
    "deep keys": "? " * 50_000,
    "billion laughs": LAUGHS,
    "laughs in merges": "a: &a {k: 1}\n"
    + "".join(
        f"b{i}: &b{i} {{<<: [{', '.join(['*a' if not i else f'*b{i - 1}'] * 10)}]}}\n"
        for i in range(12)
    ),
    "an alias in itself": "xx: &a [*a]\n",
    "an alias in its own merge": "xx: &a {<<: *a}\n",
    "a merge of a word": "x: {<<: word}\n",
    "a key that is a list": "? [a]\n: b\n",
    "a key that is an alias of a list": "a: &a [1]\n*a : b\n",
    "a null key": "~: 1\n",
    "a control character": "a: \x01\n",
    "a tab": "a:\n\t- b\n",
    "an unknown alias": "a: *b\n",
    "a directive": "%NOPE\n",
    "half a surrogate": 'a: "\\ud800"\n',
    "a quote without an end": "a: '" + "x\n" * 1000,
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_bad_texts_are_one_error_with_a_line(text: str) -> None:
    with pytest.raises(YamlError) as caught:
        list(documents(text))
    assert caught.value.line >= 1
    assert caught.value.reason
    assert len(caught.value.reason) < 300


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from(" \n\t-:,[]{}&*!|>'\"%@#?ab01~<\x00\x85\u2028é"), max_size=60))
def test_no_text_is_a_traceback(text: str) -> None:
    for found in documents_and_errors(text):
        assert isinstance(found, YamlError) or found.value is not None


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    ["a: {b: [1, 2, x]}\n---\n", "- a: 1\n", "# c\n", "'a", "[1, ", "a: &a 1\n---\n", "--- x\n"],
)
def test_time_grows_with_the_text_and_no_faster(piece: str) -> None:
    assert_linear(lambda count: list(documents_and_errors(piece * count)), 30_000)


def test_an_error_can_pass_through_a_context_manager() -> None:
    from contextlib import contextmanager

    @contextmanager
    def passing() -> Any:
        yield

    with pytest.raises(YamlError), passing():
        list(documents("a: ["))
