"""`play`, `odds` and `lint`: what a Canary would do, without any rollout."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from rehearsal.api.inputs import Paths, listed
from rehearsal.errors import UserError
from rehearsal.flagger.canary.model import Canary
from rehearsal.flagger.canary.resources import MetricTemplate
from rehearsal.flagger.controller import Flags
from rehearsal.linting import BY_ID, Options
from rehearsal.linting import lint as run_rules
from rehearsal.linting.report import Report, report
from rehearsal.manifests import as_canary, load_manifests, read_manifests
from rehearsal.probability import Fault, OddsTable, Setting
from rehearsal.probability import odds as compute
from rehearsal.probability.notation import faults_of, parse_errors, parse_latencies, parse_traffics
from rehearsal.simulated import Run, Scenario
from rehearsal.simulated import play as play_scenario

T = TypeVar("T")


def play(
    scenario: Scenario | Mapping[str, Any] | str | Path, *, mesh_provider: str = "istio"
) -> Run:
    """Play the control loop in the scripted world of a scenario: of a file, or of plain values.

    docs/play.md describes the format. UserError for a malformed one.
    """
    if isinstance(scenario, str | Path):
        scenario = Scenario.load(scenario)
    elif not isinstance(scenario, Scenario):
        scenario = Scenario.from_mapping(scenario)
    return play_scenario(scenario, Flags(mesh_provider=mesh_provider))


def odds(
    canary: Canary | Paths,
    *,
    traffic: str | float,
    errors: str | Iterable[float] = "0.1%,1%,5%",
    latency: str = "",
    faults: Iterable[Fault] = (),
    setting: Setting | None = None,
    canary_name: str = "",
    mesh_provider: str = "istio",
    samples: int = 0,
    seed: int = 0,
) -> OddsTable:
    """How likely a Canary rolls back, promotes or sticks, for each traffic and each fault.

    `canary` is an object, or files that hold one and its MetricTemplates. `traffic` is written as
    `5/s,20/s` or is one rate per second; `errors` as `0.1%,5%` or as shares of 1; `latency` as
    `50ms/400ms`. `faults` come besides. docs/odds.md says what is computed, and what is assumed.
    UserError for a malformed input.
    """
    templates: tuple[MetricTemplate, ...] = ()
    if not isinstance(canary, Canary):
        manifests = load_manifests(listed(canary))
        canary = as_canary(manifests.choose_canary(canary_name or None))
        templates = manifests.templates()
    text = traffic if isinstance(traffic, str) else f"{traffic:.9f}/s"
    shares = _parsed("errors", parse_errors, errors) if isinstance(errors, str) else _shares(errors)
    latencies = _parsed("latency", parse_latencies, latency) if latency else ()
    return compute(
        canary,
        _parsed("traffic", parse_traffics, text),
        (*faults_of(shares, latencies), *faults),
        setting,
        templates=templates,
        flags=Flags(mesh_provider=mesh_provider),
        samples=samples,
        seed=seed,
    )


def lint(
    manifests: Paths,
    *,
    disable: Collection[str] = (),
    mesh_provider: str = "istio",
    scrape_s: float = 15.0,
) -> Report:
    """Read Canaries as Flagger would: every finding, and what would be refused, as values.

    `disable` are ids of rules (docs/lint-rules.md). What cannot be read is a finding of the rule
    `invalid`, not an exception; UserError for a file that holds no Canary, or an unknown rule.
    """
    unknown = sorted(set(disable) - set(BY_ID))
    if unknown:
        raise UserError(f"disable: there is no rule {unknown[0]!r}; see docs/lint-rules.md")
    inputs = listed(manifests)
    found, problems = read_manifests(inputs)
    if not found.canaries and not problems:
        raise UserError(f"{', '.join(map(str, inputs))}: contains no Canary")
    complete = any(Path(one).is_dir() for one in inputs)
    findings = run_rules(found, Options(mesh_provider, scrape_s, complete), disable)
    return report(findings, problems, len(found.canaries))


def _parsed(name: str, parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise UserError(f"{name}: {error}") from None


def _shares(errors: Iterable[float]) -> tuple[float, ...]:
    shares = tuple(errors)
    if wrong := [share for share in shares if not 0 <= share <= 1]:
        raise UserError(f"errors: {wrong[0]:g} is not a share from 0 to 1")
    return shares
