"""Connections: where a request goes, how it is dialled, written and read."""
