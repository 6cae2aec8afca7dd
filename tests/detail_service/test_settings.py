import dataclasses
import socket
from collections.abc import Callable

import pytest

from commons.errors import UsageError, UserError
from commons.flags import Flag
from detail_service import settings
from detail_service.errors import VersionError
from detail_service.frontend import settings as frontend
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


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.env)
def test_an_empty_variable_is_unset_but_an_empty_secret_is_refused(flag: Flag) -> None:
    if flag.protects:
        with pytest.raises(UsageError, match=f"{flag.env}: is set but empty"):
            settings.parse_settings([], {flag.env: ""})
    else:
        assert settings.parse_settings([], {flag.env: ""}) == Settings()


@pytest.mark.parametrize("name", ["\n", "a\x1bb", "\ud800", "x" * 252, "\u200b"])
def test_a_name_that_no_page_and_no_log_can_show_is_refused(name: str) -> None:
    for option in ("--pod-name", "--app-version", "--vendors"):
        with pytest.raises(UserError, match=f"^{option}"):
            settings.parse_settings([option, f"1{name}1"], {})


def test_the_one_secret_is_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        settings.parse_settings([], {"DETAIL_FAULT_TOKEN": "gehe\u00efm"})

    assert str(caught.value) == "DETAIL_FAULT_TOKEN: cannot be used"


_NOT_VALUES = {
    "number": ("5s", "x", "nan", "inf", "-1", "1e999", "٣", "9" * 5000, "0x10"),
    "switch": ("ja", "2", "on off"),
    "choice": ("loud", "INFO "),
}


def _unusable(flag: Flag) -> tuple[str, ...]:
    if flag.is_switch:
        return _NOT_VALUES["switch"]
    if isinstance(flag.default, int | float):
        return _NOT_VALUES["number"]
    return _NOT_VALUES["choice"] if flag.field == "log_level" else ()


@pytest.mark.parametrize(
    ("parse", "flag", "value"),
    [
        pytest.param(parse, flag, value, id=f"{flag.env}={value[:8]}")
        for parse, flags in (
            (settings.parse_settings, FLAGS),
            (frontend.parse_settings, frontend.FLAGS),
        )
        for flag in flags
        for value in _unusable(flag)
    ],
)
def test_what_is_no_value_is_one_line_with_the_variable(
    parse: Callable[..., object], flag: Flag, value: str
) -> None:
    for source, arguments, environ in (
        (flag.env, [], {flag.env: value}),
        (flag.option, [f"{flag.option}={value}"], {}),
    ):
        with pytest.raises(UsageError, match=f"^{source}: ") as caught:
            parse(arguments, environ)
        assert len(str(caught.value).splitlines()) == 1
        assert len(str(caught.value)) < 300
