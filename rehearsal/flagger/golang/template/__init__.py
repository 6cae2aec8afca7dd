"""Go's text/template, as far as a template without data can go.

    render("{{ if eq env \\"prod\\" }}{{ name }}{{ end }}", {"env": "prod", "name": "x"})

Functions have no arguments and stand for their values; the builtin functions are Go's. Templates
are named `tmpl` and executed under `missingkey=error`, as Flagger does it, and the texts of errors
are Go's. Time is linear in what is executed, and depth, steps and lengths are bounded.
"""

from __future__ import annotations

from collections.abc import Mapping

from rehearsal.flagger.golang.template.execution import Execution, ExecutionError
from rehearsal.flagger.golang.template.functions import BUILTINS
from rehearsal.flagger.golang.template.parser import Parser, ParsingError
from rehearsal.flagger.golang.verbs import Value

__all__ = ["ExecutionError", "ParsingError", "Value", "render"]


def render(template: str, values: Mapping[str, Value]) -> str:
    """The text; raises ParsingError or ExecutionError."""
    templates = Parser(template, {*values, *BUILTINS}).parse()
    return Execution(template, templates, values).run()
