"""What the functions take: files of manifests, in one form or many."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

PathLike = str | Path
Paths = PathLike | Iterable[PathLike]
"""A file, a folder, Markdown, a Helm chart or a kustomization; or several of them."""


def listed(paths: Paths) -> list[PathLike]:
    """One or several, as a list."""
    return [paths] if isinstance(paths, str | Path) else list(paths)
