"""Where the shipped manifests are: in a checkout, or in the installed package."""

from pathlib import Path


def shipped_manifests() -> Path:
    """The folder `k8s`."""
    package = Path(__file__).parent.parent
    installed = package / "k8s"
    return installed if installed.is_dir() else package.parent / "k8s"
