import dataclasses
import socket

import pytest

from detail_service import settings
from detail_service.errors import VersionError
from detail_service.settings import FLAGS, Settings


def test_defaults_of_flags_and_of_the_record_agree() -> None:
    defaults = {field.name: field.default for field in dataclasses.fields(Settings)}

    assert defaults == {flag.field: flag.default for flag in FLAGS}
    assert settings.parse_settings([], {}) == Settings()


def test_every_flag_has_the_twin_that_convention_gives_it() -> None:
    short = {"app_version": "APP_VERSION", "host": "HOST", "port": "PORT"}

    for flag in FLAGS:
        assert flag.env == short.get(flag.field, f"DETAIL_{flag.field.upper()}")


def test_the_environment_of_the_original_deployment() -> None:
    read = settings.parse_settings([], {"APP_VERSION": "3.0", "PORT": "3001"})

    assert (read.catalog.version, read.port) == ("3", 3001)


def test_an_unknown_version_is_refused_at_once() -> None:
    with pytest.raises(VersionError):
        settings.parse_settings(["--app-version", "9"], {})

    assert settings.parse_settings(
        ["--app-version", "9"], {"DETAIL_VENDORS": "a,b"}
    ).catalog.vendors == (
        "a",
        "b",
    )


def test_the_pod_is_named_after_the_host_unless_told() -> None:
    assert Settings().hostname == socket.gethostname()
    assert Settings(pod_name="detail-7d-x").hostname == "detail-7d-x"
