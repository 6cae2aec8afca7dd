"""Where gates and runs are kept: one file per store behind `Store`, and a registry."""

import os
from collections.abc import Callable
from pathlib import Path

from loadtester.webhooks.settings import Settings
from loadtester.webhooks.stores.base import Store


def _sqlite(settings: Settings) -> Store:
    from loadtester.webhooks.stores.sqlite import SqliteStore  # only the store in use is imported

    return SqliteStore(settings.database, settings.history)


def _memory(settings: Settings) -> Store:
    from loadtester.webhooks.stores.memory import MemoryStore

    return MemoryStore(settings.history)


def _configmap(settings: Settings) -> Store:
    from loadtester.webhooks.stores.configmap import ConfigMapStore
    from loadtester.webhooks.stores.kubernetes import ACCOUNT, ConfigMapClient, Credentials

    account = Path(os.environ.get("LOADTESTER_SERVICE_ACCOUNT") or ACCOUNT)
    credentials = Credentials.in_cluster(os.environ, account)
    gates = ConfigMapClient(credentials, settings.configmap)
    runs = ConfigMapClient(credentials, f"{settings.configmap}-runs")
    return ConfigMapStore(gates, runs, settings.history)


STORES: dict[str, Callable[[Settings], Store]] = {
    "sqlite": _sqlite,
    "memory": _memory,
    "configmap": _configmap,
}

__all__ = ["STORES", "Store"]
