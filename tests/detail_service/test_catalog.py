import pytest

from detail_service.catalog import catalog, short_version
from detail_service.errors import VersionError


@pytest.mark.parametrize(
    ("written", "short"),
    [("1.0", "1"), ("2", "2"), ("v3", "3"), ("V2.0.0", "2"), (" 3.0 ", "3"), ("4.1", "4.1")],
)
def test_versions_are_written_in_several_ways(written: str, short: str) -> None:
    assert short_version(written) == short


def test_each_version_sells_one_vendor_more() -> None:
    assert catalog("1.0").vendors == ("ABC.com",)
    assert catalog("2.0").vendors == ("ABC.com", "XYZ.com")
    assert catalog("3.0").vendors == ("ABC.com", "XYZ.com", "PQR.com")


def test_the_segment_bears_the_name_of_the_original() -> None:
    assert [catalog(v).segment_name for v in ("1.0", "2.0", "3.0")] == [
        "Product-Detail-V1",
        "Product-Detail-V2",
        "Product-Detail-V3",
    ]


def test_an_unknown_version_needs_vendors() -> None:
    with pytest.raises(VersionError, match=r"no catalog for version '7'.*DETAIL_VENDORS"):
        catalog("7")

    assert catalog("7", ["a.com"]).vendors == ("a.com",)
    assert catalog("7", ["a.com"]).release == "7.0"


@pytest.mark.parametrize("nonsense", ["", "v", "one two", "1..0", "<b>"])
def test_nonsense_is_no_version_even_with_vendors(nonsense: str) -> None:
    with pytest.raises(VersionError, match="is not a version"):
        catalog(nonsense, ["a.com"])
