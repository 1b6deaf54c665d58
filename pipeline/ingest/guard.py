"""a call to a parser -> its result, or an end to it: limits of time and memory that hold in C code too.

Three nets, each for what slips through the one before: a signal stops Python code, a ceiling on the address space
makes greedy code fail, and a watchdog that needs no interpreter ends the process where C code neither returns nor
listens. What happens to the page under which a process ended is told in `careful.py`.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO

GRACE = 3  # seconds beyond its limit that a page has to stop by itself


class TooSlow(BaseException):
    """Raised by the clock. No Exception, so that no library swallows it."""


@contextmanager
def within(seconds: int, max_bytes: int) -> Iterator[None]:
    """Raise TooSlow after some seconds and MemoryError above some bytes more than are in use, where the system can."""
    with _alarm(seconds), _watchdog(seconds + GRACE), _ceiling(max_bytes):
        yield


@contextmanager
def _alarm(seconds: int) -> Iterator[None]:
    """Signals reach a process's first thread only: elsewhere (on Dask) the watchdog is all there is."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _watchdog(seconds: int) -> Iterator[None]:
    """End this process after some seconds, if it is a worker that another process will replace."""
    if multiprocessing.parent_process() is None and not _EXPENDABLE:
        yield
        return
    faulthandler.dump_traceback_later(seconds, exit=True, file=_nowhere())
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


_EXPENDABLE: list[bool] = []


def be_expendable() -> None:
    """Let the watchdog end this process although `multiprocessing` did not start it."""
    _EXPENDABLE.append(True)


@lru_cache
def _nowhere() -> IO[str]:
    return open(os.devnull, "w")  # as long as the process


@contextmanager
def _ceiling(max_bytes: int) -> Iterator[None]:
    used = _address_space()
    if not used:
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    allowed = min((limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY), default=used + max_bytes)
    resource.setrlimit(resource.RLIMIT_AS, (min(allowed, used + max_bytes), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _address_space() -> int:
    """Bytes of address space in use; 0 where the system does not say, as only Linux does."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0
