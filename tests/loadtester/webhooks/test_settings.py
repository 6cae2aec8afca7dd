from pathlib import Path

import pytest

from commons.errors import UsageError, UserError
from commons.flags import Flag
from commons.values import ANY_TEXT
from loadtester.webhooks.settings import FLAGS, default_data_dir, parse


def test_defaults_are_those_of_flagger() -> None:
    settings = parse([], {})
    assert (settings.host, settings.port, settings.timeout) == ("127.0.0.1", 9090, 3600.0)
    assert settings.namespace_regexp is None
    assert settings.store == "sqlite"


@pytest.mark.parametrize("argv", [["-port", "1"], ["-port=1"], ["--port", "1"], ["--port=1"]])
def test_one_dash_or_two(argv: list[str]) -> None:
    assert parse(argv, {}).port == 1


def test_a_flag_wins_over_its_twin() -> None:
    twins = {"LOADTESTER_PORT": "2", "LOADTESTER_TIMEOUT": "1m30s", "LOADTESTER_NO_SHELL": "true"}
    settings = parse(["--port", "1"], twins)
    assert (settings.port, settings.timeout, settings.no_shell) == (1, 90.0, True)


def test_lists_are_repeated_flags_or_lines() -> None:
    assert parse(["--allow-command", "a", "--allow-command=b"], {}).allow_command == ("a", "b")
    assert parse([], {"LOADTESTER_ALLOW_COMMAND": "a b\n\nc"}).allow_command == ("a b", "c")


def test_switches_may_have_a_value() -> None:
    assert parse(["-no-shell"], {}).no_shell
    assert not parse(["--no-shell=false"], {"LOADTESTER_NO_SHELL": "1"}).no_shell


def test_the_variable_of_a_kubernetes_service_is_not_a_port() -> None:
    assert parse([], {"LOADTESTER_PORT": "tcp://10.0.0.1:80"}).port == 9090


BAD = {
    "host": " ",
    "allow-host": " ",
    "port": "65536",
    "zap-encoding": "xml",
    "zap-replace-globals": "maybe",
    "timeout": "0",
    "verdict": "maybe",
    "on-failure": "200",
    "namespace-regexp": "(",
    "store": "etcd",
    "data-dir": "",
    "configmap": "",
    "token": "",
    "token-file": "",
    "hmac-secret": "",
    "hmac-secret-file": "",
    "history": "0",
    "max-tasks": "-1",
    "max-connections": "0",
    "max-body-bytes": "1T",
    "max-output-bytes": "0",
    "shutdown-grace": "-1s",
    "allow-command": " ",
    "allow-target": "",
    "no-shell": "2",
    "task-files": "/no/such/folder",
    "allow-code": "2",
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_value_names_its_flag(name: str) -> None:
    with pytest.raises(UsageError, match=f"^--{name}: "):
        parse([f"--{name}={BAD[name]}"], {})


@pytest.mark.parametrize("name", [name for name, text in BAD.items() if text])
def test_a_bad_value_names_its_twin(name: str) -> None:
    twin = f"LOADTESTER_{name.replace('-', '_').upper()}"
    with pytest.raises(UsageError, match=f"^{twin}: "):
        parse([], {twin: BAD[name]})


def test_every_flag_that_can_be_wrong_is_tried_above() -> None:
    checked = {flag.name for flag in FLAGS if flag.parse is not ANY_TEXT}
    assert checked - {"log-level"} == set(BAD)


@pytest.mark.parametrize("argv", [["--nope"], ["extra"], ["--port"]])
def test_other_mistakes_are_usage_errors(argv: list[str]) -> None:
    with pytest.raises(UsageError, match="see loadtester --help"):
        parse(argv, {})


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.name)
def test_an_empty_twin_is_unset_or_refused_where_it_protects(flag: Flag) -> None:
    if flag.protects:
        with pytest.raises(UsageError, match=f"^{flag.env}: is set but empty"):
            parse([], {flag.env: ""})
    else:
        assert parse([], {flag.env: ""}) == parse([], {})


def test_a_protection_is_never_lost_in_silence() -> None:
    protecting = {flag.name for flag in FLAGS if flag.protects}
    assert protecting == {
        "token",
        "token-file",
        "hmac-secret",
        "hmac-secret-file",
        "allow-command",
        "allow-target",
        "no-shell",
        "task-files",
    }


def test_data_goes_where_state_goes() -> None:
    assert default_data_dir({"XDG_STATE_HOME": "/x"}) == Path("/x/loadtester")
    assert default_data_dir({"HOME": "/home/me"}) == Path("/home/me/.local/state/loadtester")


def test_secrets_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    keys = parse([f"--token-file={tmp_path}/token", "--hmac-secret=x"], {}).keys()
    assert (keys.token, keys.hmac_secret) == ("s3cret", "x")


def test_a_secret_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(UserError, match=r"--token-file .*: no such file"):
        parse([f"--token-file={tmp_path}/nope"], {}).keys()
    with pytest.raises(UserError, match=r"--hmac-secret-file .*: the file is empty"):
        parse([f"--hmac-secret-file={tmp_path}/empty"], {}).keys()
