"""tasks -> results, in worker processes here or on a Dask cluster; the order of results is the order of tasks.

A task is a function with picklable arguments that reads and writes tables; what comes back is small. Workers compute
with one thread each, so results do not depend on how many there are.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, Protocol

from pipeline.errors import UserError

Task = tuple[Callable[..., Any], tuple[Any, ...]]
# Arithmetic libraries split sums by threads, which changes the last digits: one thread each, whatever the machine.
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS", "RAYON_NUM_THREADS")
TRIES = 2  # how often a task is tried whose worker process dies under it


class Runner(Protocol):
    """Runs tasks and yields (number of the task, result) as they end."""

    def __call__(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Any]]: ...


def one_thread() -> None:
    """Make arithmetic libraries that are imported later use one thread."""
    os.environ.update(dict.fromkeys(THREADS, "1"), TOKENIZERS_PARALLELISM="false")


@contextmanager
def local(workers: int) -> Iterator[Runner]:
    """A runner with that many processes; with one worker tasks run in this process."""
    if workers == 1:
        yield lambda tasks: ((number, function(*args)) for number, (function, args) in enumerate(tasks))
        return
    pools: list[ProcessPoolExecutor] = []

    def pool() -> ProcessPoolExecutor:
        if not pools:
            spawn = multiprocessing.get_context("spawn")
            pools.append(
                ProcessPoolExecutor(workers, mp_context=spawn, initializer=_start_worker, initargs=(os.getpid(),))
            )
        return pools[0]

    def run(tasks: Sequence[Task]) -> Iterator[tuple[int, Any]]:
        left = dict.fromkeys(range(len(tasks)), 0)
        while left:
            futures = {pool().submit(tasks[number][0], *tasks[number][1]): number for number in left}
            try:
                for number, result in _as_completed(futures):
                    del left[number]
                    yield number, result
            except BrokenProcessPool:
                pools.pop().shutdown(wait=False, cancel_futures=True)
                left = {number: tries + 1 for number, tries in left.items()}
                if any(tries >= TRIES for tries in left.values()):
                    raise UserError(
                        "a worker process died twice at the same work (out of memory?): use fewer --workers"
                    ) from None

    try:
        yield run
    finally:
        for open_pool in pools:
            open_pool.shutdown(wait=False, cancel_futures=True)


def _as_completed(futures: dict[Future[Any], int]) -> Iterator[tuple[int, Any]]:
    waiting = set(futures)
    while waiting:
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=futures.__getitem__):
            yield futures[future], future.result()


def _start_worker(parent: int) -> None:
    one_thread()
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()


def _leave_with(parent: int) -> None:
    """End this worker when the process that started it is gone, even if that was killed."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


@contextmanager
def dask(scheduler: str | None, workers: int) -> Iterator[Runner]:
    """A runner on the Dask cluster at an address, or on a cluster of local processes where none is given."""
    try:
        from distributed import Client, LocalCluster, as_completed
    except ImportError:
        raise UserError("the Dask runner is not installed: run `pip install .[cluster]`") from None
    cluster = None if scheduler else LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
    try:
        client = Client(scheduler or cluster, timeout=30)
    except OSError as problem:
        raise UserError(f"no Dask scheduler answers at {scheduler}: {problem}") from None
    client.run(one_thread)

    def run(tasks: Sequence[Task]) -> Iterator[tuple[int, Any]]:
        futures = {client.submit(function, *args, pure=False): number for number, (function, args) in enumerate(tasks)}
        for future in as_completed(list(futures)):
            yield futures[future], future.result()

    try:
        yield run
    finally:
        client.close()
        if cluster:
            cluster.close()
