import subprocess
import sys
from types import ModuleType

import pytest
from aws_xray_sdk.core.daemon_config import DaemonConfig
from hypothesis import given
from hypothesis import strategies as st

from detail_service.tracing.sdk import (
    CENTRAL,
    check_environment,
    is_daemon_address,
    without_central_sampler,
)

PROGRAM = """
import sys
import detail_service.app, detail_service.frontend.app
from detail_service.settings import Settings
detail_service.app.create_edge(Settings()).tracer.recorder.emitter.close()
print("botocore" in sys.modules, "aws_xray_sdk.core" in sys.modules)
import aws_xray_sdk.core.sampling.sampler as central
print(central.__file__.endswith("sampler.py"), "botocore" in sys.modules)
"""


def test_neither_service_imports_botocore_and_who_wants_it_still_can() -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60
    )

    assert run.stdout.split() == ["False", "True", "True", "True"]


def test_an_empty_variable_is_as_good_as_none() -> None:
    environ = {"AWS_XRAY_DAEMON_ADDRESS": "", "AWS_XRAY_CONTEXT_MISSING": "", "OTHER": ""}
    check_environment(environ)

    assert environ == {"OTHER": ""}


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1:2000", "xray-daemon.flagger:1", "tcp:a:65535 udp:b:2", "udp:b:2 tcp:a:1"],
)
def test_the_addresses_that_the_sdk_can_read_are_taken(address: str) -> None:
    assert is_daemon_address(address)
    DaemonConfig(address)


@given(st.text("tcpudp:.0123456789 a-[]", max_size=30))
def test_what_is_taken_the_sdk_can_read(address: str) -> None:
    if is_daemon_address(address):
        DaemonConfig(address)


def test_the_stand_in_gives_way_to_what_was_there() -> None:
    before = sys.modules.get(CENTRAL)
    with without_central_sampler():
        assert not sys.modules[CENTRAL].DefaultSampler().should_trace()
    assert sys.modules.get(CENTRAL) is before
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, CENTRAL, ModuleType(CENTRAL))
        loaded = sys.modules[CENTRAL]
        with without_central_sampler():
            assert sys.modules[CENTRAL] is not loaded
        assert sys.modules[CENTRAL] is loaded
