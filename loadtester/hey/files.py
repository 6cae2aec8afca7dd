"""Open files: every connection is one, and the limit of a shell is often lower than `-c`."""

import resource

SPARE = 64
"""What a program needs besides its connections."""


def make_room(connections: int) -> str:
    """Raise this process's own limit as far as it may; a sentence if it is still too low."""
    needed = connections + SPARE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or needed <= soft:
        return ""
    reachable = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (reachable, hard))
    if reachable >= needed:
        return ""
    return (
        f"{connections} connections need {needed} open files and {reachable} are allowed:"
        " expect errors out-of-files, or raise the limit (ulimit -Hn)"
    )
