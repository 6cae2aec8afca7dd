"""Go templates: texts and errors are what go1.26 gave for each line of `templates.jsonl`."""

import json
from contextlib import suppress
from pathlib import Path

import pytest

from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.templates import Model
from rehearsal.flagger.controller.templates import render as render_query
from rehearsal.flagger.golang.template import ExecutionError, ParsingError, render
from rehearsal.flagger.golang.verbs import Value
from tests.growth import assert_linear

VALUES: dict[str, Value] = {
    "name": "detail",
    "namespace": "flagger",
    "target": "detail",
    "service": "svc",
    "ingress": "ing",
    "route": "rt",
    "interval": "1m",
    "variables": {"a": "va", "b": 'v"b', "e": "", "u": "é<&>"},
}
FACTS = [
    json.loads(line)
    for line in Path(__file__).with_name("templates.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize(("template", "text", "error"), FACTS)
def test_says_what_go_says(template: str, text: str, error: str) -> None:
    try:
        rendered, said = render(template, VALUES), ""
    except (ParsingError, ExecutionError) as failure:
        rendered, said = "", str(failure)
    assert (rendered, said) == (text, error)


NESTED = 3_000
HOSTILE = {
    "opened": "{{" * 20_000,
    "parentheses": "{{ " + "(" * NESTED + "name" + ")" * NESTED + " }}",
    "branches": "{{ if name }}" * NESTED + "{{ end }}" * NESTED,
    "else if": "{{ if name }}" + "{{ else if name }}" * NESTED + "{{ end }}",
    "itself": '{{ define "t" }}{{ template "t" }}{{ end }}{{ template "t" }}',
    "doubling": "{{ range 1000000000 }}{{ range 1000000000 }}x{{ end }}{{ end }}",
    "width": '{{ printf "%1000000d%1000000d" 1 1 }}',
    "dots": "{{ variables" + ".a" * 20_000 + " }}",
    "quotes": "{{ " + '"' * 20_001 + " }}",
    "comments": "{{/*" * 20_000,
}


@pytest.mark.parametrize("template", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_templates_are_a_failure_of_the_port_and_no_more(template: str) -> None:
    model = Model("detail", "flagger", "detail", "svc", "ing", "rt", "1m", {})
    with pytest.raises(PortError, match="tmpl"):
        render_query(template, model)


@pytest.mark.slow
@pytest.mark.parametrize("part", ["{{ name }}", "{{ ((name)) }} ", "{{", "text {{- 1 -}} "])
def test_time_grows_with_the_length(part: str) -> None:
    def spend(count: int) -> None:
        with suppress(ParsingError, ExecutionError):
            render(part * count, VALUES)

    assert_linear(spend, 8_000)
