"""Metric queries as Flagger renders them: a Go template, eight functions, no data.

Source: flagger pkg/metrics/observers/render.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache

from rehearsal.flagger.canary.analysis import Metric
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.golang import template as gotemplate

_SPACES = re.compile(r"[\t\n\f\r ]+")


@dataclass(frozen=True)
class Model:
    """What the functions of a query return."""

    name: str
    namespace: str
    target: str
    service: str
    ingress: str
    route: str
    interval: str
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)


def model_of(canary: Canary, metric: Metric, interval: str, revision: str = "") -> Model:
    """The model of a metric check.

    `interval` is as the caller wants it, possibly empty; `revision` is the latest of a Knative
    service.
    """
    spec = canary.spec
    return Model(
        name=canary.name,
        namespace=canary.namespace,
        target=canary.target,
        service=canary.apex_service,
        ingress=spec.ingress_ref.name if spec.ingress_ref else canary.target,
        route=revision or (spec.route_ref.name if spec.route_ref else canary.target),
        interval=interval,
        variables=metric.template_variables or {},
    )


@lru_cache(maxsize=512)
def collapse(query: str) -> str:
    """The query as it is sent: every run of white space is one space."""
    return _SPACES.sub(" ", query)


@lru_cache(maxsize=512)
def render(template: str, model: Model) -> str:
    """The query; raises PortError with `template parsing failed` or `template excution failed`."""
    try:
        return gotemplate.render(template, asdict(model))
    except gotemplate.ParsingError as error:
        raise PortError(f"template parsing failed: {error}") from error
    except gotemplate.ExecutionError as error:
        raise PortError(f"template excution failed: {error}") from error
