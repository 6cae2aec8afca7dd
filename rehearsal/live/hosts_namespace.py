"""Runs a program in a mount namespace of its own whose `/etc/hosts` is another file.

A program of its own: `python -I -S hosts_namespace.py HOSTS_FILE -- PROGRAM [ARGUMENT ...]`. As
root a mount namespace is enough; anybody else gets a user namespace around it, in which their own
user number stands for itself (Linux unshare(2), user_namespaces(7)). Exit code 125 when the kernel
or the machine's policy does not allow it, 127 when there is no such program.
"""

import ctypes
import os
import sys
from pathlib import Path

_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000
_MS_BIND = 0x1000
_MS_REC = 0x4000
_MS_PRIVATE = 0x40000
REFUSED, NOT_FOUND = 125, 127


def main() -> int:
    """Enter the namespace and become the program; returns only when that fails."""
    hosts_file, separator, *argv = sys.argv[1:]
    if separator != "--" or not argv:
        print("usage: hosts_namespace.py HOSTS_FILE -- PROGRAM ...", file=sys.stderr)
        return REFUSED
    try:
        enter(hosts_file)
    except OSError as error:
        print(f"no mount namespace: {error.strerror}", file=sys.stderr)
        return REFUSED
    try:
        os.execvp(argv[0], argv)
    except OSError as error:
        print(f"{argv[0]}: {error.strerror}", file=sys.stderr)
        return NOT_FOUND


def enter(hosts_file: str) -> None:
    """Bind the file over /etc/hosts for this process and its children alone; raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if user == 0:
        _check(libc.unshare(_CLONE_NEWNS))
    else:
        _check(libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNS))
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _check(libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None))
    _check(libc.mount(hosts_file.encode(), b"/etc/hosts", None, _MS_BIND, None))


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    sys.exit(main())
