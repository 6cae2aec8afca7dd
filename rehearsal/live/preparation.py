"""From manifests and options to a live world: everything is read and checked before it starts."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal.applications import Application, Applications
from rehearsal.applications.container import ContainerApplication
from rehearsal.applications.pod import PodSpec, read_pod
from rehearsal.errors import UserError
from rehearsal.flagger.canary.analysis import DURATION, SUCCESS_RATE
from rehearsal.flagger.canary.resources import MetricTemplate
from rehearsal.flagger.controller.workload import Config
from rehearsal.flagger.providers import DEFAULT, told_by_fields
from rehearsal.live.config import CanaryConfig, EnvironmentConfig, HostTarget
from rehearsal.live.hook_programs import missing_programs
from rehearsal.live.hosts import HostPlan, is_cluster_host, plan_hosts
from rehearsal.live.mesh.envoy import find_envoy
from rehearsal.live.mesh.tracing import TRACE_PERCENT
from rehearsal.live.ports import check_port
from rehearsal.live.scraping.requirements import (
    MetricOptions,
    Secrets,
    ask_prometheus,
    check_names,
    check_server,
    examine,
    stand_ins,
)
from rehearsal.live.targets import scaler_manifest, scaler_notes, target_manifest
from rehearsal.live.traffic_plan import TrafficPlan, TrafficSource
from rehearsal.live.workloads.pod_environment import container_env
from rehearsal.live.workloads.probing import missing_program
from rehearsal.manifests import (
    CanaryManifest,
    Manifests,
    Reference,
    as_canary,
    missing_references,
    target_of,
)
from rehearsal.manifests.configs import ConfigMapData, SecretData
from rehearsal.metrics.scripted import read_scripts
from rehearsal.webhooks.calls import Call

_NEEDED = ("MetricTemplate", "ConfigMap", "Secret")


@dataclass(frozen=True)
class Options:
    """What the command line adds to the manifests."""

    applications: Applications = field(default_factory=Applications)
    mesh_provider: str = ""
    hosts: Mapping[str, HostTarget] = field(default_factory=dict)
    hook_host: str = ""
    port: int = 0
    traffic: TrafficSource | None = field(default_factory=TrafficPlan)
    frontend: bool = False
    trace_percent: float = TRACE_PERCENT
    envoy: Path | None = None
    metric_values: Mapping[str, str] = field(default_factory=dict)
    prometheus: str = ""
    service_port: int | None = None
    replicas: int = 2


@dataclass(frozen=True)
class Prepared:
    """A world that can be started, and what a person should know of it."""

    config: EnvironmentConfig
    notes: tuple[str, ...]


def prepare(manifests: Manifests, canaries: Sequence[CanaryManifest], options: Options) -> Prepared:
    """Check all that can be known before anything starts; UserError says what is missing."""
    options.applications.check()
    notes: list[str] = []
    configs = []
    for manifest in canaries:
        provider, why = choose_provider(manifest, options.mesh_provider)
        notes.append(f"{manifest.full_name}: {why}")
        _refuse_missing(manifest, manifests, options)
        configs.append(_canary_config(manifest, manifests, provider, options))
        notes += scaler_notes(manifest, manifests, options.replicas)
    metrics = MetricOptions(read_scripts(options.metric_values), options.prometheus)
    pairs = list(zip(canaries, configs, strict=True))
    templates, secrets = _check_metrics(pairs, manifests, metrics, notes)
    plan = plan_hosts([c.canary for c in configs], options.hosts, _served(options, configs))
    notes += _host_notes(plan, options)
    if options.traffic is not None and options.traffic.note:
        notes.append(options.traffic.note)
    config = EnvironmentConfig(
        canaries=tuple(configs),
        applications=options.applications,
        envoy=find_envoy(options.envoy),
        templates=templates,
        alert_providers=manifests.alert_providers(),
        configs=tuple(_configs(manifests)),
        secrets=secrets,
        receivers=plan.receivers,
        hosts=plan.targets,
        hook_host=options.hook_host,
        port=check_port(options.port, "--port"),
        traffic=options.traffic,
        frontend=options.frontend,
        trace_percent=options.trace_percent,
        metric_values=options.metric_values,
        prometheus=options.prometheus,
    )
    notes += [*_hook_notes(config, options), *_probe_notes(config)]
    return Prepared(config, tuple(notes))


def choose_provider(manifest: CanaryManifest, flag: str) -> tuple[str, str]:
    """The provider of a canary, and why: as written, Flagger's flag, or told from its fields."""
    spec = manifest.spec
    if spec.provider:
        return spec.provider, f"provider {spec.provider}"
    if flag:
        return flag, f"provider {flag}, from --mesh-provider"
    told = told_by_fields(spec)
    if told is not None:
        provider, field = told
        return provider.name, f"provider {provider.name}, since it has {field}"
    return DEFAULT, (
        f"provider {DEFAULT}, Flagger's default, since none is written"
        " (--mesh-provider names another)"
    )


def _refuse_missing(manifest: CanaryManifest, manifests: Manifests, options: Options) -> None:
    """What is referenced, needed here, and in none of the files; all of it at once."""
    lines = [
        f"{reference}; {_how_to_give(reference, manifest)}"
        for reference in missing_references(manifest, manifests)
        if reference.kind in _NEEDED and not _is_scripted(reference, manifest, options)
    ]
    if target_of(manifest, manifests) is None and options.applications.stable is None:
        ref = manifest.spec.target_ref
        where = manifest.locate("spec", "targetRef", "name")
        lines.append(
            f"{where}: spec.targetRef.name: {ref.kind} {ref.name} is in none of the files; give its"
            " manifest with -f, or say how to run it with --stable"
        )
    if not options.hook_host:
        lines += _missing_programs(manifest)
    if lines:
        raise UserError("\n".join(lines))


def _how_to_give(reference: Reference, manifest: CanaryManifest) -> str:
    """What to do about something that is in none of the files."""
    given = "give its manifest with -f"
    if reference.kind != "MetricTemplate":
        return given
    names = [
        metric.name
        for metric in manifest.spec.analysis.metrics
        if metric.template_ref is not None and metric.template_ref.name == reference.name
    ]
    value = shlex.quote(f"{(names or ['NAME'])[0]}=VALUE")
    return f"{given}, or values with --metric {value}"


def _missing_programs(manifest: CanaryManifest) -> Iterator[str]:
    for index, program in missing_programs(manifest.spec.analysis.webhooks):
        where = manifest.locate("spec", "analysis", "webhooks", index)
        yield (
            f"{where}: spec.analysis.webhooks[{index}].metadata.cmd: {program} is not on this"
            " machine; install it, or send the webhooks elsewhere with --hook-host"
        )


def _is_scripted(reference: Reference, manifest: CanaryManifest, options: Options) -> bool:
    """Whether it is a template or its Secret, of metrics that all have scripts."""
    if reference.kind == "MetricTemplate":
        named = (reference.namespace, reference.name)
    elif reference.kind == "Secret" and reference.holder.kind == "MetricTemplate":
        named = (reference.holder.namespace, reference.holder.name)
    else:
        return False
    return all(
        metric.name in options.metric_values
        for metric in manifest.spec.analysis.metrics
        if (ref := metric.template_ref) is not None
        and (ref.namespace_for(manifest.namespace), ref.name) == named
    )


def _check_metrics(
    canaries: Sequence[tuple[CanaryManifest, CanaryConfig]],
    manifests: Manifests,
    options: MetricOptions,
    notes: list[str],
) -> tuple[tuple[MetricTemplate, ...], Secrets]:
    """Templates and Secrets of the metrics; UserError for what nobody could answer."""
    check_names([config.canary for _, config in canaries], options)
    check_server(options, ask_prometheus)
    templates = {(one.namespace, one.name): one for one in manifests.templates()}
    secrets = _secrets(manifests)
    problems = []
    for manifest, config in canaries:
        notes += _own_metrics_notes(config, options)
        for finding in examine(config.canary, templates, secrets, options, ask_prometheus):
            where = manifest.locate("spec", "analysis", "metrics", finding.index)
            if finding.is_problem:
                problems.append(f"{where}: spec.analysis.metrics[{finding.index}]: {finding.text}")
            else:
                notes.append(f"{config.canary.full_name}: {finding.text}")
        more_templates, more_secrets = stand_ins(config.canary, templates, secrets, options)
        templates |= more_templates
        secrets |= more_secrets
    if problems:
        raise UserError("\n".join(problems))
    return tuple(templates.values()), secrets


def _own_metrics_notes(config: CanaryConfig, options: MetricOptions) -> list[str]:
    """What the application itself has to serve, where no mesh counts for it."""
    if not config.provider.startswith(("kubernetes", "gatewayapi")):
        return []
    asked = [
        metric.name
        for metric in config.canary.spec.analysis.metrics
        if metric.name in (SUCCESS_RATE, DURATION) and metric.name not in options.scripted
    ]
    if not asked:
        return []
    return [
        f"{config.canary.full_name}: under {config.provider}, {' and '.join(asked)} read"
        " http_request_duration_seconds of the application's own /metrics; where it has none,"
        " there are no values and the canary is rolled back"
    ]


def _secrets(manifests: Manifests) -> dict[tuple[str, str], Mapping[str, bytes]]:
    """Every Secret's entries, by namespace and name."""
    return {
        (one.namespace, one.name): one.spec.files()
        for one in manifests.objects
        if isinstance(one.spec, SecretData)
    }


def _canary_config(
    manifest: CanaryManifest, manifests: Manifests, provider: str, options: Options
) -> CanaryConfig:
    canary = as_canary(manifest)
    if canary.spec.target_ref.kind not in ("Deployment", "DaemonSet"):
        where = manifest.locate("spec", "targetRef", "kind")
        raise UserError(
            f"{where}: spec.targetRef.kind: a {canary.spec.target_ref.kind} has no pods of its own"
            " to run here; name a Deployment or a DaemonSet"
        )
    target = target_manifest(manifest, manifests, options.service_port, options.replicas)
    pod = read_pod(target.template, canary.spec.service.target_port)
    application = options.applications.find(pod)
    application.check()
    _check_environment(application, pod, manifest, manifests)
    scaler = scaler_manifest(manifest, manifests, options.replicas)
    return CanaryConfig(canary, provider, target, scaler)


def _check_environment(
    application: Application, pod: PodSpec, manifest: CanaryManifest, manifests: Manifests
) -> None:
    """UserError when the application would not start with what its manifest gives it."""
    configs = {
        (config.kind, config.name): config
        for namespace, config in _configs(manifests)
        if namespace == manifest.namespace
    }
    env = container_env(pod, lambda kind, name: configs.get((kind, name)), {})
    problem = application.check_environment(pod, env)
    found = target_of(manifest, manifests)
    if not problem or found is None:
        return
    containers = found.raw["spec"]["template"]["spec"]["containers"]
    index = next(i for i, one in enumerate(containers) if one.get("name") == pod.container.name)
    field: tuple[str | int, ...] = ("spec", "template", "spec", "containers", index)
    name = problem.partition(":")[0]
    for number, entry in enumerate(pod.container.env):
        if entry.get("name") == name:
            field = (*field, "env", number)
    raise UserError(f"{found.locate(*field)}: container {pod.container.name}: {problem}")


def _configs(manifests: Manifests) -> list[tuple[str, Config]]:
    found: list[tuple[str, Config]] = []
    for one in manifests.objects:
        spec: Any = one.spec
        if isinstance(spec, ConfigMapData):
            data = dict(spec.data)
            found.append(
                (one.namespace, Config("configmap", one.name, data, annotations=one.annotations))
            )
        elif isinstance(spec, SecretData):
            secret = Config(
                "secret", one.name, spec.encoded(), spec.type or "Opaque", one.annotations
            )
            found.append((one.namespace, secret))
    return found


def _served(options: Options, configs: Sequence[CanaryConfig]) -> list[str]:
    if not options.frontend:
        return []
    return ["frontend", f"frontend.{configs[0].canary.namespace}"]


def _probe_notes(config: EnvironmentConfig) -> list[str]:
    """What is asked by programs that only the images have."""
    notes = []
    for one in config.canaries:
        pod = read_pod(one.target.template, one.canary.spec.service.target_port)
        if isinstance(config.applications.find(pod), ContainerApplication):
            continue
        container = pod.container
        probes = {p for p in (container.readiness, container.liveness, container.startup) if p}
        programs = {missing_program(p.command) for p in probes if p.kind == "exec"} - {""}
        notes += [
            f"{one.canary.full_name}: probes run {program}, which is not on this machine; the open"
            " port answers in its place"
            for program in sorted(programs)
        ]
    return notes


def _hook_notes(config: EnvironmentConfig, options: Options) -> list[str]:
    """Webhooks that are meant for another receiver than a load tester."""
    if options.hook_host:
        return []
    notes = []
    for one in config.canaries:
        for hook in one.canary.spec.analysis.webhooks:
            call, host = Call(hook), Call(hook).address.host
            is_ours = is_cluster_host(host) and host not in options.hosts
            if hook.type != "event" and is_ours and call.asks_for_nothing:
                notes.append(
                    f"{one.canary.full_name}: webhook {hook.name} asks for nothing that our load"
                    f" tester knows, which refuses it; --host {host}=URL sends it to its own"
                )
    return notes


def _host_notes(plan: HostPlan, options: Options) -> list[str]:
    notes = []
    for name, namespace in plan.receivers:
        if name != "flagger-loadtester":
            notes.append(f"{name}.{namespace} is this project's load tester here")
    for target in plan.targets:
        if target.host not in options.hosts:
            notes.append(f"{target.host} leads to the canary's apex (--host changes that)")
    for host in plan.unserved:
        notes.append(f"nobody serves {host}; --host {host}=apex would lead it to the canary's apex")
    return notes
