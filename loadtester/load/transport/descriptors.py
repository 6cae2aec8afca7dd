"""Reading and writing a non-blocking descriptor: the compiled calls where they were built.

`read(descriptor, size)` and `write(descriptor, data)` are those of `os` in every respect; the
compiled ones (`_descriptors.c`) keep the interpreter's lock, for a call that cannot block, and a
buffer, so that what is read is allocated at the size it has.
"""

try:
    from loadtester.load.transport._descriptors import read, write
except ImportError:
    from os import read, write

__all__ = ["read", "write"]
