"""Flagger's webhook contract: payloads, gates, tasks and their verdicts, served over HTTP."""
