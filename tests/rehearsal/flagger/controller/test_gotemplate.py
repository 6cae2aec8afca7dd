"""Go templates. Expected texts and errors are what go1.26 printed, but for refused control flow."""

import pytest

from rehearsal.flagger.controller.gotemplate import (
    ExecutionError,
    GoTemplateError,
    ParsingError,
    Value,
    render,
)

FUNCTIONS: dict[str, Value] = {
    "target": "t",
    "namespace": "ns",
    "interval": "1m",
    "variables": {"a": "b"},
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{target}}", "t"),
        ("rate(x[{{ interval }}])", "rate(x[1m])"),
        ("{{ variables.a }}", "b"),
        ("{{ variables }}", "map[a:b]"),
        ('{{ index variables "x" }}|', "|"),
        ('{{ printf "%s-%q" target namespace }}', 't-"ns"'),
        ("x {{- target -}} y", "xty"),
        ("{{/* c */}}z", "z"),
        ('{{ target | printf "%s!" }}', "t!"),
        ('{{ $r := printf "%s" target }}{{ $r }}', "t"),
        ('a {{ index variables "a" | printf "%q" }}', 'a "b"'),
        ("{{ (target) }}", "t"),
        ("up == {}", "up == {}"),
    ],
)
def test_renders(template: str, text: str) -> None:
    assert render(template, FUNCTIONS) == text


@pytest.mark.parametrize(
    ("template", "kind", "text"),
    [
        (
            "{{ variables.x }}",
            ExecutionError,
            'template: tmpl:1:3: executing "tmpl" at <variables>: map has no entry for key "x"',
        ),
        (
            "a\nb {{ variables.x }}",
            ExecutionError,
            'template: tmpl:2:5: executing "tmpl" at <variables>: map has no entry for key "x"',
        ),
        (
            "{{ target.x }}",
            ExecutionError,
            'template: tmpl:1:3: executing "tmpl" at <target>:'
            " can't evaluate field x in type string",
        ),
        (
            '{{ target "x" }}',
            ExecutionError,
            'template: tmpl:1:3: executing "tmpl" at <target>:'
            " wrong number of args for target: want 0 got 1",
        ),
        ("{{ foo }}", ParsingError, 'template: tmpl:1: function "foo" not defined'),
        ("{{ }}", ParsingError, "template: tmpl:1: missing value for command"),
        ("{{ target", ParsingError, "template: tmpl:1: unclosed action"),
        ("\n{{ $q }}", ParsingError, 'template: tmpl:2: undefined variable "$q"'),
    ],
)
def test_refuses(template: str, kind: type[GoTemplateError], text: str) -> None:
    with pytest.raises(kind) as caught:
        render(template, FUNCTIONS)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    "template", ["{{ if target }}x{{ end }}", "{{ .Name }}", "{{ ) }}", "{{ ( }}"]
)
def test_control_flow_and_nonsense_are_said(template: str) -> None:
    with pytest.raises(ParsingError, match="tmpl:1: "):
        render(template, FUNCTIONS)
