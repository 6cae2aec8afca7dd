"""Runs: one execution of a task each, from its start to a recorded end and a verdict."""
