"""One load run over several machines: locust's master and workers carry it, our engine makes it.

`hey` starts a locust master in a process of its own (`loadtester.locust.master`), tells it of the
run, and merges what comes back. Each worker (`loadtester.locust.worker`) is told the command line
and its number, makes the same plan of it, and carries out its shard in a process without locust.
"""
