"""Skipper: the route of the canary ingress; the duration is a mean.

Skipper writes `_` for every character of a name that is not part of a word.
"""

from __future__ import annotations

import re
from dataclasses import replace

from rehearsal.flagger.controller.queries.base import Queries
from rehearsal.flagger.controller.templates import Model

_ROUTE = r"kube(ew)?_{{ namespace }}__{{ ingress }}_canary__.*__{{ service }}_canary(_[0-9]+)?"
_TIME = "skipper_response_duration_seconds_bucket"
_SERVE = "skipper_serve_route_duration_seconds"
_GOOD = f'{_TIME}{{route=~"{_ROUTE}",code!~"5..",le="+Inf"}}[{{{{ interval }}}}]'
_ALL = f'{_TIME}{{route=~"{_ROUTE}",le="+Inf"}}[{{{{ interval }}}}]'
_SUM = f'{_SERVE}_sum{{route=~"{_ROUTE}"}}[{{{{ interval }}}}]'
_COUNT = f'{_SERVE}_count{{route=~"{_ROUTE}"}}[{{{{ interval }}}}]'


def _words(model: Model) -> Model:
    return replace(
        model,
        ingress=_word(model.ingress),
        name=_word(model.name),
        namespace=_word(model.namespace),
        service=_word(model.service),
        target=_word(model.target),
    )


def _word(name: str) -> str:
    return re.sub(r"\W", "_", name, flags=re.ASCII)


QUERIES = Queries(
    f" sum(rate({_GOOD})) / sum(rate({_ALL})) * 100",
    f" sum(rate({_SUM})) / sum(rate({_COUNT})) * 1000",
    adapt=_words,
)
