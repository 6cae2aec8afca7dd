"""All objects of all files that were given, and how they are found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, cast

from rehearsal.flagger.canary.model import Canary, CanarySpec
from rehearsal.flagger.canary.problems import problem_at
from rehearsal.flagger.canary.resources import (
    AlertProvider,
    AlertProviderSpec,
    MetricTemplate,
    MetricTemplateSpec,
)
from rehearsal.manifests.manifest import FileProblem, Manifest, ManifestError, file_problem
from rehearsal.manifests.reader import AnyManifest, is_namesake, read_text
from rehearsal.manifests.sources import Options, Text, texts
from rehearsal.manifests.workloads import DeploymentSpec

CanaryManifest = Manifest[CanarySpec]


class Manifests:
    """The objects of several files. Immutable; looked up by kind, namespace and name.

    Two files may hold objects of the same name, as overlays of two environments do. A look-up then
    prefers the object that stands nearest to the one that asks for it: in the same built folder,
    then in the same file, then in the nearest folder.
    """

    def __init__(self, objects: Iterable[AnyManifest]) -> None:
        self.objects: tuple[AnyManifest, ...] = tuple(objects)
        self._by_kind: dict[str, list[AnyManifest]] = defaultdict(list)
        self._by_name: dict[tuple[str, str], list[AnyManifest]] = defaultdict(list)
        self._by_target: dict[tuple[str, str], list[CanaryManifest]] = defaultdict(list)
        for one in self.objects:
            if isinstance(one.spec, CanarySpec):
                ref = one.spec.target_ref
                self._by_target[ref.kind, ref.name].append(one)
            if not is_namesake(one):
                self._by_kind[one.kind].append(one)
                self._by_name[one.kind, one.name].append(one)

    @property
    def canaries(self) -> tuple[CanaryManifest, ...]:
        """The Canaries, in the order of their files."""
        return tuple(one for one in self.objects if isinstance(one.spec, CanarySpec))

    def canaries_of(self, kind: str, name: str) -> tuple[CanaryManifest, ...]:
        """The Canaries whose target has that kind and name, in any namespace."""
        return tuple(self._by_target.get((kind, name), ()))

    def of_kind(self, kind: str) -> tuple[AnyManifest, ...]:
        """The objects of a kind, in the order of their files.

        A kind of that name of another API group (Istio's Gateway, Knative's Service) is another.
        """
        return tuple(self._by_kind.get(kind, ()))

    def find(
        self, kind: str, namespace: str, name: str, near: AnyManifest | None = None
    ) -> AnyManifest | None:
        """The object of that name. One without a namespace may be applied to any, and counts."""
        named = self._by_name.get((kind, name), ())
        fitting = [one for one in named if not one.has_namespace or one.namespace == namespace]
        if near is not None and not near.has_namespace and namespace == near.namespace:
            fitting = list(named)
        if not fitting:
            return None
        return max(fitting, key=lambda one: (one.namespace == namespace, _nearness(one, near)))

    def deployment(
        self, namespace: str, name: str, near: AnyManifest | None = None
    ) -> Manifest[DeploymentSpec] | None:
        """The Deployment of that name."""
        return self.find("Deployment", namespace, name, near)

    def templates(self) -> tuple[MetricTemplate, ...]:
        """The MetricTemplates, as Flagger's controller takes them."""
        return tuple(
            MetricTemplate(one.name, one.namespace, one.spec)
            for one in self.objects
            if isinstance(one.spec, MetricTemplateSpec)
        )

    def alert_providers(self) -> tuple[AlertProvider, ...]:
        """The AlertProviders, as Flagger's controller takes them."""
        return tuple(
            AlertProvider(one.name, one.namespace, one.spec)
            for one in self.objects
            if isinstance(one.spec, AlertProviderSpec)
        )

    def choose_canary(self, name: str | None = None) -> CanaryManifest:
        """The only Canary, or the one called `name`, `name.namespace` or `FILE:LINE`.

        Raises ManifestError where that is none, or several.
        """
        if not self.canaries:
            raise ManifestError(self._why_no_canary())
        named = [one for one in self.canaries if name in (None, *_names(one))]
        if len(named) == 1:
            return named[0]
        among = [str(one.location) for one in named]
        places = sorted({one.source.path for one in self.canaries})
        names = ", ".join(one.full_name for one in self.canaries)
        if not named:
            reason = f"contains no Canary {name}, only {names}"
        elif len({one.full_name for one in named}) == 1:
            reason = f"contains {named[0].full_name} {len(named)} times; name one by its place: "
            reason += ", ".join(among[:10])
        else:
            reason = f"contains {names}; name one"
        raise ManifestError([file_problem(", ".join(places), reason)])

    def _why_no_canary(self) -> list[FileProblem]:
        """What is there instead: objects of another group's kind of that name, or none at all."""
        reason = "a Canary of Flagger's has apiVersion flagger.app/v1beta1"
        others = [one.source for one in self.of_any_group("Canary")]
        if others:
            path = ("apiVersion",)
            return [FileProblem(o.path, problem_at(o.document, path, reason)) for o in others]
        places = sorted({one.source.path for one in self.objects}) or ["-f"]
        more = f" and {len(places) - 3} more files" if len(places) > 3 else ""
        return [file_problem(f"{', '.join(places[:3])}{more}", "no Canary was given")]

    def of_any_group(self, kind: str) -> tuple[AnyManifest, ...]:
        """The objects of kinds of that name, whatever their API group is."""
        return tuple(one for one in self.objects if one.kind == kind)


def _names(one: CanaryManifest) -> tuple[str, ...]:
    return one.name, one.full_name, str(one.location)


def as_canary(manifest: CanaryManifest) -> Canary:
    """The Canary as Flagger's controller takes it."""
    return Canary(manifest.name, manifest.namespace, manifest.spec)


def _nearness(one: AnyManifest, near: AnyManifest | None) -> tuple[bool, int]:
    """Whether both were built together, and how many leading parts their paths share."""
    if near is None:
        return False, 0
    pairs = zip(Path(one.source.path).parts, Path(near.source.path).parts, strict=False)
    shared = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
    return one.source.unit == near.source.unit, shared


def load_manifests(
    inputs: Sequence[Path | str],
    *,
    values: Sequence[Path] = (),
    variables: Mapping[str, str] | None = None,
) -> Manifests:
    """Read files, folders, Markdown, shell scripts and `-` (standard input).

    `values` are Helm's; with `variables`, `${NAME}` is filled in as envsubst does. Raises
    ManifestError with every problem of every input.
    """
    found, problems = read_manifests(inputs, values=values, variables=variables)
    if problems:
        raise ManifestError(problems)
    return found


def read_manifests(
    inputs: Sequence[Path | str],
    *,
    values: Sequence[Path] = (),
    variables: Mapping[str, str] | None = None,
) -> tuple[Manifests, tuple[FileProblem, ...]]:
    """What can be used of the inputs, and every problem with the rest, in the order of files."""
    return _collect(texts(inputs, Options(values, variables)))


def parse_manifests(text: str, path: str = "<text>") -> Manifests:
    """The objects of one text; `path` is how errors name it. Raises ManifestError."""
    found, problems = _collect([Text(path, text)])
    if problems:
        raise ManifestError(problems)
    return found


def _collect(
    read: Iterable[Text | FileProblem],
) -> tuple[Manifests, tuple[FileProblem, ...]]:
    objects: list[AnyManifest] = []
    problems: list[FileProblem] = []
    for text in read:
        found: Iterable[Any] = [text] if isinstance(text, FileProblem) else read_text(text)
        for one in found:
            if isinstance(one, FileProblem):
                problems.append(one)
            else:
                objects.append(cast(AnyManifest, one))
    return Manifests(objects), tuple(dict.fromkeys(problems))
