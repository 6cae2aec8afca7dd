"""Where gates and runs are kept: one file per store behind `Store`."""

from loadtester.webhooks.stores.base import Store

__all__ = ["Store"]
