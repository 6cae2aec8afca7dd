"""What each version of the service sells: data, nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

from detail_service.errors import VersionError

VENDORS: dict[str, tuple[str, ...]] = {
    "1": ("ABC.com",),
    "2": ("ABC.com", "XYZ.com"),
    "3": ("ABC.com", "XYZ.com", "PQR.com"),
}


@dataclass(frozen=True, slots=True)
class Catalog:
    """One release: `version` is its short name ("2"), `release` the long one ("2.0")."""

    version: str
    release: str
    vendors: tuple[str, ...]

    @property
    def segment_name(self) -> str:
        """The name under which this release appears on the X-Ray service map."""
        return f"Product-Detail-V{self.version}"


def short_version(text: str) -> str:
    """`2.0`, `v2`, `2` -> `2`; `4.1` stays `4.1`."""
    version = text.strip().removeprefix("v").removeprefix("V")
    while version.endswith(".0"):
        version = version.removesuffix(".0")
    return version


def catalog(app_version: str, vendors: Sequence[str] = ()) -> Catalog:
    """The catalog of `app_version`; `vendors` overrides the known ones.

    Raises VersionError for a version that is not known and brings no vendors.
    """
    version = short_version(app_version)
    if not version or not all(part.isalnum() for part in version.replace("-", ".").split(".")):
        raise VersionError(
            f"--app-version (APP_VERSION): {app_version!r} is not a version; write it like 2.0"
        )
    sold = tuple(vendors) or VENDORS.get(version)
    if sold is None:
        known = ", ".join(f"{name}.0" for name in VENDORS)
        raise VersionError(
            f"--app-version (APP_VERSION): no catalog for version {app_version!r}; "
            f"use one of {known}, or name its vendors with --vendors (DETAIL_VENDORS=a.com,b.com)"
        )
    release = f"{version}.0" if version.isdigit() else version
    return Catalog(version=version, release=release, vendors=sold)
