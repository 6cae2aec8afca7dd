import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from loadtester.webhooks.errors import StoreError
from loadtester.webhooks.runs.run import Run, RunState
from loadtester.webhooks.stores import configmap
from loadtester.webhooks.stores.configmap import HISTORY, ConfigMapStore
from loadtester.webhooks.stores.kubernetes import ConfigMapClient, Credentials
from tests.loadtester.webhooks.running import loadtester
from tests.loadtester.webhooks.stores.fake_kubernetes import FakeKubernetes, fake_kubernetes

pytestmark = pytest.mark.anyio
RUN = Run("a1", "key", "a.b", "loadtest", "t", "p", "c", RunState.PASSED, 1.0)
KEY = ("flagger", "state")
RUNS = ("flagger", "state-runs")


@pytest.fixture
def fake() -> Iterator[FakeKubernetes]:
    with fake_kubernetes() as running:
        yield running


def replica(fake: FakeKubernetes, folder: Path) -> ConfigMapStore:
    (folder / "token").write_text(fake.token)
    credentials = Credentials(fake.url, folder / "token", None, "flagger")
    gates = ConfigMapClient(credentials, "state")
    return ConfigMapStore(gates, ConfigMapClient(credentials, "state-runs"))


async def test_the_first_change_creates_the_configmap(fake: FakeKubernetes, tmp_path: Path) -> None:
    store = replica(fake, tmp_path)
    assert await store.gates() == {}
    await store.set_gate("a.b", True)
    assert json.loads(fake.objects[KEY]["data"]["gates"]) == {"a.b": True}
    await store.close()


async def test_no_change_is_no_write(fake: FakeKubernetes, tmp_path: Path) -> None:
    store = replica(fake, tmp_path)
    await store.set_gate("a.b", True)
    fake.requests.clear()
    await store.set_gate("a.b", True)
    assert [request.split()[0] for request in fake.requests] == ["GET"]
    await store.close()


async def test_replicas_at_once_lose_no_change_to_each_other(
    fake: FakeKubernetes, tmp_path: Path
) -> None:
    """Five pods, each changing gates of its own in the one object: the versions must collide."""
    pods = [replica(fake, tmp_path) for _ in range(5)]

    async def change(pod: int) -> None:
        for number in range(8):
            await pods[pod].set_gate(f"{pod}.{number}", True)

    await asyncio.gather(*(change(pod) for pod in range(5)))
    assert len(await pods[0].gates()) == 40
    assert fake.conflicts > 0
    for pod in pods:
        await pod.close()


async def test_what_one_replica_opens_the_other_sees(fake: FakeKubernetes, tmp_path: Path) -> None:
    one, two = replica(fake, tmp_path), replica(fake, tmp_path)
    await one.set_gate("a.b", True)
    assert await two.is_open("a.b")
    await one.close()
    await two.close()


async def test_a_configmap_that_vanishes_is_made_anew(fake: FakeKubernetes, tmp_path: Path) -> None:
    store = replica(fake, tmp_path)
    await store.set_gate("a.b", True)
    fake.objects.clear()
    await store.set_gate("c.d", True)
    assert await store.gates() == {"c.d": True}
    await store.close()


async def test_a_token_is_read_anew_for_each_request(fake: FakeKubernetes, tmp_path: Path) -> None:
    store = replica(fake, tmp_path)
    await store.set_gate("a.b", True)
    fake.token = "rotated"
    with pytest.raises(StoreError, match="status 401 Unauthorized"):
        await store.is_open("a.b")
    (tmp_path / "token").write_text("rotated\n")
    assert await store.is_open("a.b")
    await store.close()


async def test_an_api_server_that_fails_is_a_store_error(
    fake: FakeKubernetes, tmp_path: Path
) -> None:
    store = replica(fake, tmp_path)
    fake.failing = 1
    with pytest.raises(StoreError, match="status 500 etcdserver"):
        await store.set_gate("a.b", True)
    assert not await store.is_open("a.b")
    await store.close()


async def test_foreign_data_is_a_store_error(fake: FakeKubernetes, tmp_path: Path) -> None:
    store = replica(fake, tmp_path)
    await store.set_gate("a.b", True)
    fake.objects[KEY]["data"]["gates"] = "[]"
    with pytest.raises(StoreError, match="does not hold what we wrote"):
        await store.is_open("a.b")
    await store.close()


async def test_it_never_outgrows_a_configmap(fake: FakeKubernetes, tmp_path: Path) -> None:
    store = replica(fake, tmp_path)
    report = {"kind": "hey", "summary": {"requests": 1}, "document": {"raw": "x" * 500_000}}
    for number in range(HISTORY + 5):
        run = replace(RUN, id=f"r{number}", report=report, output="é" * 60_000)
        await store.save_run(run)
    data = fake.objects[RUNS]["data"]
    assert sum(len(text.encode()) for text in data.values()) < 1 << 20
    kept = await store.runs(1000)
    assert len(kept) == HISTORY
    assert kept[0].report == {"kind": "hey", "summary": {"requests": 1}}
    await store.close()


async def test_runs_of_any_size_never_keep_a_gate_from_changing(
    fake: FakeKubernetes, tmp_path: Path
) -> None:
    store = replica(fake, tmp_path)
    long = "é" * 1_000_000
    for number in range(6):
        run = Run(f"r{number}", f"k{number}", "a.b", "cmd", long, "p", "c", RunState.FAILED, 1.0)
        run = replace(run, error=long, failed=(long,) * 50, output=long, verdict_later=True)
        await store.save_run(replace(run, reported=number % 2 == 0))
    assert sum(len(text.encode()) for text in fake.objects[RUNS]["data"].values()) < 1 << 20
    assert len(await store.runs(1000)) == 6
    await store.set_gate("a.b", True)
    assert "runs" not in fake.objects[KEY]["data"]
    await store.close()


def test_a_verdict_is_the_last_thing_that_is_left_out() -> None:
    text = "x" * 300
    runs = [
        Run(f"r{n}", f"k{n}", "a.b", "cmd", text, "p", "c", RunState.FAILED, 1.0)
        for n in range(3000)
    ]
    runs = [
        replace(run, error=text, failed=(text,) * 10, output=text * 6, reported=n % 500 != 0)
        for n, run in enumerate(runs)
    ]
    values = configmap._fitting(runs)
    assert len(json.dumps(values, separators=(",", ":"))) <= configmap.MOST_BYTES + 2
    assert values[-1]["output"] == text * 6
    kept = {value["id"] for value in values}
    assert {run.id for run in runs if not run.reported} <= kept


async def test_changes_that_come_together_are_written_together(
    fake: FakeKubernetes, tmp_path: Path
) -> None:
    store = replica(fake, tmp_path)
    await asyncio.gather(*(store.set_gate(f"g{number}", True) for number in range(40)))
    writes = [request for request in fake.requests if not request.startswith("GET")]
    assert len(writes) <= 3
    assert len(await store.gates()) == 40
    await store.close()


async def test_a_caller_that_gives_up_takes_nobody_along(
    fake: FakeKubernetes, tmp_path: Path
) -> None:
    store = replica(fake, tmp_path)
    first = asyncio.ensure_future(store.set_gate("a", True))
    second = asyncio.ensure_future(store.set_gate("b", True))
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert (await store.gates())["b"]
    await store.close()


@pytest.mark.parametrize(
    "spoilt", ["[5]", '[{"id": 1}]', "[[]]", '[{"state": "gone"}]', '["' + "x" * 1000 + '"]']
)
async def test_runs_that_cannot_be_read_are_left_out(
    fake: FakeKubernetes, tmp_path: Path, spoilt: str
) -> None:
    store = replica(fake, tmp_path)
    await store.save_run(RUN)
    fake.objects[RUNS]["data"]["runs"] = spoilt
    assert await store.runs(9) == []
    await store.save_run(RUN)
    assert await store.runs(9) == [RUN]
    await store.close()


def test_credentials_are_what_the_kubelet_put_there(tmp_path: Path) -> None:
    (tmp_path / "namespace").write_text("flagger\n")
    environ = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
    credentials = Credentials.in_cluster(environ, tmp_path)
    assert (credentials.url, credentials.namespace) == ("https://[fd00::1]:443", "flagger")
    assert credentials.token_file == tmp_path / "token"


def test_outside_of_a_cluster_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not in a cluster"):
        Credentials.in_cluster({}, tmp_path)


def test_the_server_says_in_one_line_that_it_is_not_in_a_cluster(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="--store configmap: not in a cluster"):  # noqa: SIM117
        with loadtester(tmp_path, "--store", "configmap"):
            pass
