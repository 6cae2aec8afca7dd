import dataclasses

import pytest

from commons.errors import UsageError
from commons.flags import Flag
from detail_service.frontend import settings
from detail_service.frontend.settings import FLAGS, FrontendSettings


def test_defaults_of_flags_and_of_the_record_agree() -> None:
    defaults = {field.name: field.default for field in dataclasses.fields(FrontendSettings)}

    assert defaults == {flag.field: flag.default for flag in FLAGS}


def test_the_environment_of_the_original_deployment() -> None:
    read = settings.parse_settings(
        [], {"BASE_URL": "http://detail.flagger:3000/catalogDetail", "PORT": "81"}
    )

    assert (read.base_url, read.port) == ("http://detail.flagger:3000/catalogDetail", 81)


def test_every_flag_has_the_twin_that_convention_gives_it() -> None:
    short = {"base_url": "BASE_URL", "host": "HOST", "port": "PORT"}

    for flag in FLAGS:
        assert flag.env == short.get(flag.field, f"FRONTEND_{flag.field.upper()}")


@pytest.mark.parametrize(
    "url",
    [
        "detail:3000",
        "ftp://detail/",
        "http://",
        "",
        "http://a:b/",
        "http://[::1/x",
        "http://a:0/",
        "http://a:99999/",
        "http://\ud800/",
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="--base-url: "):
        settings.parse_settings(["--base-url", url], {})


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.env)
def test_an_empty_variable_is_unset(flag: Flag) -> None:
    assert settings.parse_settings([], {flag.env: ""}) == FrontendSettings()
