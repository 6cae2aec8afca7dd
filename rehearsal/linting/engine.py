"""Runs the rules over every Canary, and leaves out what comments ignore."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from rehearsal.flagger.canary.problems import field_name, suggestion
from rehearsal.flagger.canary.yamltext import Note, Path
from rehearsal.linting.rule import Finding, Hit, Rule
from rehearsal.linting.rules import BY_ID, RULES
from rehearsal.linting.rules.ignores import ignore_unknown, ignore_unused
from rehearsal.linting.subject import Options, Subject
from rehearsal.manifests import Location, Manifests, Source

_LONGEST = 500
_IGNORE = re.compile(r"ignore\s+(?P<rules>[a-z0-9-]+(?:\s*,\s*[a-z0-9-]+)*)")


@dataclass
class _Ignore:
    """One rule named in one comment, and whether it left anything out."""

    path: str
    note: Note
    rule: str
    used: bool = field(default=False)


def lint(
    manifests: Manifests, options: Options | None = None, disabled: Collection[str] = ()
) -> tuple[Finding, ...]:
    """Every finding on every Canary, in the order of files and lines.

    `disabled` are ids of rules that are not run.
    """
    ignores = list(_ignores(manifests))
    found: dict[Finding, None] = {}
    for manifest in manifests.canaries:
        subject = Subject(manifest, manifests, options or Options())
        for rule in RULES:
            if rule.id not in disabled:
                hits = [hit for hit in rule.check(subject) if not _is_ignored(rule, hit, ignores)]
                found.update(dict.fromkeys(_finding(rule, hit) for hit in hits))
    for finding in _about_ignores(ignores, disabled):
        found[finding] = None
    return tuple(sorted(found))


def _finding(rule: Rule, hit: Hit) -> Finding:
    location = hit.manifest.source.location(hit.path)
    about = f"{hit.manifest.kind} {hit.manifest.full_name}"
    text = _clipped(hit.text)
    return Finding(location, rule.id, rule.severity, field_name(hit.path), text, about)


def _clipped(text: str) -> str:
    """On one line, and of a length that can be read; names in it may be of any."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _ignores(manifests: Manifests) -> Iterator[_Ignore]:
    seen: set[tuple[str, Note]] = set()
    for manifest in manifests.objects:
        for note in manifest.source.document.notes:
            key = (manifest.source.path, note)
            if key in seen:
                continue
            seen.add(key)
            match = _IGNORE.match(note.text)
            for rule in re.split(r"\s*,\s*", match["rules"]) if match else ():
                yield _Ignore(manifest.source.path, note, rule)


def _is_ignored(rule: Rule, hit: Hit, ignores: Iterable[_Ignore]) -> bool:
    """Whether a comment about the field, or about anything it is in, names the rule."""
    source = hit.manifest.source
    lines: set[int] | None = None
    for ignore in ignores:
        if ignore.rule == rule.id and ignore.path == source.path:
            lines = _lines(source, hit.path) if lines is None else lines
            if ignore.note.field_line in lines:
                ignore.used = True
                return True
    return False


def _lines(source: Source, path: Path) -> set[int]:
    """The lines on which the field, or what it is in, begins."""
    return {source.find(path[:length]).line for length in range(len(path) + 1)}


def _about_ignores(ignores: Iterable[_Ignore], disabled: Collection[str]) -> Iterator[Finding]:
    for one in ignores:
        location = Location(one.path, one.note.line, one.note.column)
        if one.rule not in BY_ID:
            text = f'there is no rule "{one.rule}"{suggestion(one.rule, BY_ID)}'
            rule = ignore_unknown
        elif not one.used and one.rule not in disabled:
            text, rule = f"{one.rule} finds nothing here any more", ignore_unused
        else:
            continue
        if rule.id not in disabled:
            yield Finding(location, rule.id, rule.severity, "", text, "comment")
