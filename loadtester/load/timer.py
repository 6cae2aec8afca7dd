"""Waking up on time.

Pacing needs a wake-up at an instant, to the tenth of a millisecond, and event loops do not
have one. Their timers count milliseconds: asyncio on epoll rounds up (a request planned for
every 0.3 ms would leave in bursts), libuv, under uvloop, rounds its clock down and so fires
up to a millisecond early, which is worse: a request sent before its time makes a response
time that never happened. Measured lateness of a wake-up, median: asyncio 0.7 ms, uvloop
between -1.0 and 0.3 ms, a kernel timer 0.08 ms.

So: Linux's timerfd, armed with an absolute instant of the very clock that planned times are
read from (CLOCK_MONOTONIC), watched by the event loop like a socket. Python has bindings for
it since 3.13; ctypes reaches the C library from every version. Elsewhere (macOS) the loop's
own timer must do.

Whatever wakes us is not believed. The callback is called when the clock says that the instant
is there, and when it is not, the timer arms itself again: early never, late as little as the
machine allows. How late it was is recorded (`dispatch_lateness`), because on a busy machine
it is the generator and not the target that makes the tail.
"""

import asyncio
import ctypes
import os
import sys
import time
from collections.abc import Callable
from time import monotonic_ns
from typing import Final, Protocol

from commons.units import NS_PER_S

_NONBLOCK_CLOEXEC: Final = os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0)
_ABSOLUTE: Final = 1
NEVER: Final = 1 << 61
"""An instant that does not come."""


class Timer(Protocol):
    """Calls back once at or after each instant it is set to."""

    def set(self, at_ns: int) -> None:
        """Wake at an instant of the monotonic clock, instead of any set before."""

    def close(self) -> None:
        """Never call back again. Idempotent."""


class _Itimerspec(ctypes.Structure):
    _fields_ = (
        ("interval_s", ctypes.c_long),
        ("interval_ns", ctypes.c_long),
        ("value_s", ctypes.c_long),
        ("value_ns", ctypes.c_long),
    )


class KernelTimer:
    """The kernel's timer. OSError or AttributeError where there is none."""

    def __init__(self, callback: Callable[[], None]) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._settime = libc.timerfd_settime
        self._settime.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        self._descriptor = libc.timerfd_create(time.CLOCK_MONOTONIC, _NONBLOCK_CLOEXEC)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._spec = _Itimerspec()
        self._pointer = ctypes.addressof(self._spec)
        self._callback = callback
        self._at_ns = 0
        self._is_set = False
        """Whether it was set since it last called back."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._descriptor, self._fired)

    def set(self, at_ns: int) -> None:
        """Arm; an instant in the past fires at once. Arming clears an earlier expiry."""
        self._at_ns, self._is_set = at_ns, True
        spec = self._spec
        spec.value_s, spec.value_ns = divmod(max(at_ns, 1), NS_PER_S)
        self._settime(self._descriptor, _ABSOLUTE, self._pointer, None)

    def _fired(self) -> None:
        if monotonic_ns() < self._at_ns:
            self.set(self._at_ns)
            return
        self._is_set = False
        self._callback()
        if self._descriptor >= 0 and not self._is_set:
            self._disarm()

    def _disarm(self) -> None:
        self._spec.value_s = self._spec.value_ns = 0
        self._settime(self._descriptor, _ABSOLUTE, self._pointer, None)

    def close(self) -> None:
        """Stop watching and close the descriptor."""
        if self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1


class LoopTimer:
    """The event loop's timer, with the clock asked again on every wake-up."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback = callback
        self._at_ns = 0
        self._handle: asyncio.Handle | None = None
        self._loop = asyncio.get_running_loop()

    def set(self, at_ns: int) -> None:
        """Arm with the loop's timer."""
        self.close()
        self._at_ns = at_ns
        delay_s = (at_ns - monotonic_ns()) / NS_PER_S
        if delay_s <= 0:
            self._handle = self._loop.call_soon(self._fired)
        else:
            self._handle = self._loop.call_later(delay_s, self._fired)

    def _fired(self) -> None:
        if monotonic_ns() < self._at_ns:
            self.set(self._at_ns)
        else:
            self._callback()

    def close(self) -> None:
        """Cancel what is armed."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None


def make_timer(callback: Callable[[], None]) -> Timer:
    """The best timer of this machine, on the running event loop."""
    if sys.platform == "linux":
        try:
            return KernelTimer(callback)
        except (OSError, AttributeError):
            pass
    return LoopTimer(callback)
