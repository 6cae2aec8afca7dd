"""Kubernetes manifests: read from files, folders, overlays, charts and Markdown, and looked up.

`load_manifests` is the one reader: what `kubectl apply` would take is taken, and the rest is said
with file, line and field, all of it at once, before anything starts.
"""

from rehearsal.manifests.collection import (
    CanaryManifest,
    Manifests,
    as_canary,
    load_manifests,
    parse_manifests,
    read_manifests,
)
from rehearsal.manifests.manifest import FileProblem, Location, Manifest, ManifestError, Source
from rehearsal.manifests.references import (
    Reference,
    missing_references,
    references,
    target_of,
)
from rehearsal.manifests.shipped import shipped_manifests

__all__ = [
    "CanaryManifest",
    "FileProblem",
    "Location",
    "Manifest",
    "ManifestError",
    "Manifests",
    "Reference",
    "Source",
    "as_canary",
    "load_manifests",
    "missing_references",
    "parse_manifests",
    "read_manifests",
    "references",
    "shipped_manifests",
    "target_of",
]
