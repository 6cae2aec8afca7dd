"""Where manifests come from: files, folders, built folders, Markdown, scripts, standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from commons.input_file import InputFileError, is_file, is_folder, read_at_most
from rehearsal.flagger.canary.yamltext import Document
from rehearsal.manifests import builders
from rehearsal.manifests.heredocs import heredocs
from rehearsal.manifests.manifest import FileProblem, file_problem
from rehearsal.manifests.markdown import yaml_blocks

STDIN = "-"
MAX_BYTES = 32 * 1024 * 1024
_YAML = (".yaml", ".yml", ".json")
_MARKDOWN = (".md", ".markdown")
_SHELL = (".sh", ".bash")

Origin = Callable[[Document], tuple[str, Document] | None]
"""The file and document that a built document was made from."""


@dataclass(frozen=True)
class Text:
    """One text to read. `is_named` when its file was named, rather than found in a folder.

    An excerpt is a block of Markdown or of a shell script: neither what is no YAML there nor a
    fragment is a problem. `unit` is the folder that was built, whose objects belong together.
    """

    path: str
    content: str
    is_named: bool = True
    is_excerpt: bool = False
    unit: str = ""
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Options:
    """How inputs are turned into text: Helm's values, and variables for `${NAME}`."""

    values: Sequence[Path] = ()
    variables: Mapping[str, str] | None = None


def texts(
    inputs: Iterable[Path | str], options: Options = Options()
) -> Iterator[Text | FileProblem]:
    """The texts of all inputs, and a problem in place of what cannot be read."""
    for one in inputs:
        if str(one) == STDIN:
            yield _decoded(STDIN, sys.stdin.buffer.read(MAX_BYTES + 1), options, named=True)
        elif is_folder(Path(one)):
            yield from _folder(Path(one), options)
        else:
            yield _file(Path(one), options, named=True)


def _folder(folder: Path, options: Options) -> Iterator[Text | FileProblem]:
    found = False
    for one in _walk(folder):
        found = True
        if is_folder(one):
            yield from _built(one, options)
        else:
            yield _file(one, options, named=False)
    if not found:
        suffixes = ", ".join(f"*{suffix}" for suffix in _YAML)
        yield file_problem(str(folder), f"contains no {suffixes}")


def _walk(folder: Path) -> Iterator[Path]:
    """The files of a folder and of those below it; folders that are built as a whole, or cannot be
    read."""
    if builders.is_component(folder):
        return
    if builders.builder_of(folder) is not None:
        yield folder
        return
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        yield folder
        return
    for path in entries:
        if path.name.startswith(".") or path.name == "node_modules":
            continue
        if is_folder(path) and not path.is_symlink():
            yield from _walk(path)
        elif path.suffix.lower() in _YAML and is_file(path):
            yield path


def _built(folder: Path, options: Options) -> Iterator[Text | FileProblem]:
    builder = builders.builder_of(folder)
    if builder is None:
        yield file_problem(str(folder), "cannot be read: its entries cannot be listed")
        return
    try:
        built = builder(folder, options.values)
    except builders.BuildError as error:
        yield file_problem(str(folder), str(error))
        return
    for label, text in built.texts:
        yield Text(label, text, is_named=False, unit=str(folder), origin=built.origin)


def _file(path: Path, options: Options, *, named: bool) -> Text | FileProblem:
    try:
        return _decoded(str(path), read_at_most(path, MAX_BYTES), options, named=named)
    except InputFileError as error:
        return file_problem(str(path), error.sentence)


def _decoded(path: str, content: bytes, options: Options, *, named: bool) -> Text | FileProblem:
    if len(content) > MAX_BYTES:
        return file_problem(path, f"is larger than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return file_problem(path, "is not YAML: not UTF-8 text")
    if options.variables is not None:
        text = Template(text).safe_substitute(options.variables)
    if path.lower().endswith(_MARKDOWN):
        return Text(path, yaml_blocks(text), is_named=False, is_excerpt=True)
    if path.lower().endswith(_SHELL):
        return Text(path, heredocs(text), is_named=False, is_excerpt=True)
    return Text(path, text, is_named=named)
