"""Locust runs: a locustfile for detail, load shapes, and runs in processes of their own.

Only the programs (`__main__`, `master`, `worker`), the locustfile and the shapes import locust: it
patches the whole process it is imported into.
"""
