"""What the metrics of a canary need, said before anything starts.

A query that nobody can answer ends in a rollback that says nothing about the canary.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from rehearsal.errors import UserError
from rehearsal.flagger.canary.analysis import Metric
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.canary.resources import MetricTemplate, MetricTemplateSpec
from rehearsal.flagger.controller.errors import PortError
from rehearsal.flagger.controller.flags import Flags
from rehearsal.flagger.controller.ports import MetricSource
from rehearsal.gohttp import GoClient
from rehearsal.metrics.addresses import INTERNAL, destination
from rehearsal.metrics.providers import Context, provider_of

Key = tuple[str, str]
"""Namespace and name."""

Secrets = Mapping[Key, Mapping[str, bytes]]

Ask = Callable[[MetricSource], str]
"""Why a Prometheus does not answer; "" for one that does."""

PROMETHEUS = "prometheus"


@dataclass(frozen=True)
class MetricOptions:
    """What the command line says about metrics: the names of those with a script, and a server."""

    scripted: Collection[str] = ()
    prometheus: str = ""


@dataclass(frozen=True)
class Finding:
    """A note, or a problem that keeps the rehearsal from starting, about a metric of the spec."""

    index: int
    text: str
    is_problem: bool = False


def check_names(canaries: Collection[Canary], options: MetricOptions) -> None:
    """UserError for a script of a metric that no canary has."""
    known = {metric.name for canary in canaries for metric in canary.spec.analysis.metrics}
    for name in options.scripted:
        if name not in known:
            there_are = f"there are {', '.join(sorted(known))}" if known else "there are none"
            raise UserError(f"--metric {name}: no Canary has a metric of this name; {there_are}")


def check_server(options: MetricOptions, ask: Ask) -> None:
    """UserError unless the server of `--prometheus` answers."""
    if options.prometheus in ("", INTERNAL):
        return
    failure = ask(MetricSource(address=options.prometheus))
    if failure:
        raise UserError(f"--prometheus {options.prometheus}: {failure}")


def examine(
    canary: Canary,
    templates: Mapping[Key, MetricTemplate],
    secrets: Secrets,
    options: MetricOptions,
    ask: Ask,
) -> Iterator[Finding]:
    """What there is to say about each metric that a MetricTemplate describes."""
    server = canary.spec.metrics_server or Flags().metrics_server
    for index, metric in enumerate(canary.spec.analysis.metrics):
        template = _template_of(canary, metric, templates)
        if metric.name in options.scripted:
            yield Finding(index, f"{metric.name} has its values from --metric")
        elif template is not None:
            source = source_of(template, secrets, metric)
            text, is_problem = _examined(source, metric.name, server, options, ask)
            if text:
                yield Finding(index, text, is_problem)


def _examined(
    source: MetricSource, name: str, server: str, options: MetricOptions, ask: Ask
) -> tuple[str, bool]:
    provider = provider_of(source.type)
    if provider.type == PROMETHEUS:
        return _examined_prometheus(source, name, server, options, ask)
    missing = provider.missing(source)
    if missing:
        problem = f"{name} is asked of {source.type}, which needs {missing}"
        return f"{problem}; give that, or its values with --metric {name}=VALUE", True
    where = source.address or source.region or "its own address"
    return f"{name} is asked of {source.type} at {where}", False


def _examined_prometheus(
    source: MetricSource, name: str, server: str, options: MetricOptions, ask: Ask
) -> tuple[str, bool]:
    there = destination(source.address, server, options.prometheus)
    if there.kind == "internal":
        if not source.address or source.address.rstrip("/") == server.rstrip("/"):
            return "", False
        own = "the rehearsal's own Prometheus stands in for"
        return f"{name}: {own} {source.address}", False
    if options.prometheus:
        return f"{name} is asked of {there.url} in place of {source.address}", False
    failure = ask(source)
    if failure:
        return (
            f"{name} is asked of {source.address}, which does not answer ({failure}); give a server"
            " with --prometheus URL, let the rehearsal's own stand in with --prometheus internal,"
            f" or give its values with --metric {name}=VALUE"
        ), True
    return f"{name} is asked of {source.address}", False


def source_of(template: MetricTemplate, secrets: Secrets, metric: Metric) -> MetricSource:
    """Where a template's queries go, with whatever there is of its Secret."""
    provider = template.spec.provider
    name = provider.secret_ref.name if provider.secret_ref else ""
    return MetricSource(
        type=provider.type,
        address=provider.address,
        headers=provider.headers,
        credentials=secrets.get((template.namespace, name), {}),
        insecure_skip_verify=provider.insecure_skip_verify,
        region=provider.region,
        interval=metric.interval,
    )


def ask_prometheus(source: MetricSource) -> str:
    """Whether a Prometheus answers `vector(1)`."""
    try:
        provider_of(PROMETHEUS).check_online(source, Context(GoClient(), lambda: 0.0))
    except PortError as error:
        return str(error).removeprefix("running query failed: ").removeprefix("request failed: ")
    return ""


def stand_ins(
    canary: Canary,
    templates: Mapping[Key, MetricTemplate],
    secrets: Secrets,
    options: MetricOptions,
) -> tuple[dict[Key, MetricTemplate], dict[Key, Mapping[str, bytes]]]:
    """Templates and Secrets that are in no file and whose metrics have a script.

    Flagger looks both up before it asks, so that something has to be there.
    """
    new_templates: dict[Key, MetricTemplate] = {}
    new_secrets: dict[Key, Mapping[str, bytes]] = {}
    for metric in canary.spec.analysis.metrics:
        if metric.name not in options.scripted or metric.template_ref is None:
            continue
        key = (metric.template_ref.namespace_for(canary.namespace), metric.template_ref.name)
        template = templates.get(key)
        if template is None:
            new_templates[key] = _scripted_template(key)
            continue
        provider = template.spec.provider
        if provider.secret_ref is not None:
            secret = (template.namespace, provider.secret_ref.name)
            if secret not in secrets:
                keys = provider_of(provider.type).secret_keys
                new_secrets[secret] = dict.fromkeys(keys, b"")
    return new_templates, new_secrets


def _scripted_template(key: Key) -> MetricTemplate:
    namespace, name = key
    provider = {"type": PROMETHEUS, "address": Flags().metrics_server}
    spec = MetricTemplateSpec.model_validate({"provider": provider, "query": "vector(1)"})
    return MetricTemplate(name, namespace, spec)


def _template_of(
    canary: Canary, metric: Metric, templates: Mapping[Key, MetricTemplate]
) -> MetricTemplate | None:
    if metric.template_ref is None:
        return None
    namespace = metric.template_ref.namespace_for(canary.namespace)
    return templates.get((namespace, metric.template_ref.name))
