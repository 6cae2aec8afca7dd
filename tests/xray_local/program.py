"""The whole `xray` in a thread of the test, and AWS's client for it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config

from xray_local.server import running
from xray_local.settings import Settings
from xray_local.status import Running
from xray_local.store import Limits


def settings_of(**given: Any) -> Settings:
    """Free ports of loopback, in memory, unless it is said otherwise."""
    known: dict[str, Any] = {
        "host": "127.0.0.1",
        "allow_host": (),
        "port": 0,
        "otlp_port": 0,
        "db": None,
        "limits": Limits(),
        "sampling_rules": None,
        "export_to": "",
        "export_headers": {},
    }
    return Settings(**{**known, **given})


@contextmanager
def xray_program(**given: Any) -> Iterator[Running]:
    """The program, up inside the block."""
    started: list[Running] = []
    ready, stop = threading.Event(), threading.Event()
    failures: list[BaseException] = []

    async def work() -> None:
        try:
            async with running(settings_of(**given)) as found:
                started.append(found)
                ready.set()
                while not stop.is_set():
                    await asyncio.sleep(0.01)
        finally:
            ready.set()

    def run() -> None:
        try:
            asyncio.run(work())
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(20)
        if failures or not started:
            thread.join(20)
            raise failures[0]
        yield started[0]
    finally:
        stop.set()
        thread.join(20)
    assert not failures, failures


def boto(address: str) -> Any:
    """AWS's own client, which checks its requests and reads answers by X-Ray's model."""
    return boto3.client(
        "xray",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 1}, proxies={}),
    )


def wait_until(holds: Any, seconds: float = 10.0) -> None:
    """Until a condition holds; AssertionError if it does not in time."""
    waiting = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if holds():
            return
        waiting.wait(0.02)
    raise AssertionError("it did not come to hold in time")
