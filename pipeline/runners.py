"""tasks -> results, in worker processes here or on a Dask cluster; the order of results is the order of tasks.

A task is a function with picklable arguments that reads and writes tables; what comes back is small. Workers compute
with one thread each, so results do not depend on how many there are.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, Protocol

from pipeline.errors import UserError

Task = tuple[Callable[..., Any], tuple[Any, ...]]
# Arithmetic libraries split sums by threads, which changes the last digits: one thread each, whatever the machine.
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS", "RAYON_NUM_THREADS")
ALLOWED_DEATHS = 8  # of workers of a local Dask cluster while a task was with them
PATIENCE = 0.5  # seconds that one worker has for the tasks of a step before others join it
AHEAD = 2  # tasks a worker has been given: the one at work and the next


class Runner(Protocol):
    """Runs tasks and yields (number of the task, result) as they end; risky ones never in this process."""

    def __call__(self, tasks: Sequence[Task], is_risky: bool = False) -> Iterator[tuple[int, Any]]: ...


def one_thread() -> None:
    """Make arithmetic libraries that are imported later use one thread."""
    os.environ.update(dict.fromkeys(THREADS, "1"), TOKENIZERS_PARALLELISM="false")


@contextmanager
def local(workers: int) -> Iterator[Runner]:
    """A runner with that many processes; with one worker, tasks that are not risky run in this process."""
    pool = _Pool(workers)

    def run(tasks: Sequence[Task], is_risky: bool = False) -> Iterator[tuple[int, Any]]:
        if workers > 1:
            if len(tasks) == 1 and pool.is_wide:
                pool.close()  # what the others hold of earlier steps (models, words) would only stand beside it
            yield from _run(pool, tasks)
        elif not is_risky:
            yield from ((number, function(*args)) for number, (function, args) in enumerate(tasks))
        else:
            yield from _run(pool, tasks)
            pool.close()  # no other step needs it

    try:
        yield run
    finally:
        pool.close()


class _Pool:
    """Worker processes, each started when a task finds no idle one, and again after `close`."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.is_wide = False  # more tasks than one have been given at once, so there are more workers than one
        self._processes: ProcessPoolExecutor | None = None

    def submit(self, task: Task) -> Future[Any]:
        if self._processes is None:
            spawn = multiprocessing.get_context("spawn")
            self._processes = ProcessPoolExecutor(
                self.workers, mp_context=spawn, initializer=_start_worker, initargs=(os.getpid(),)
            )
        return self._processes.submit(task[0], *task[1])

    def close(self) -> None:
        if self._processes is not None:
            self._processes.shutdown(wait=False, cancel_futures=True)
            self._processes = None
        self.is_wide = False


def _run(pool: _Pool, tasks: Sequence[Task]) -> Iterator[tuple[int, Any]]:
    """Run tasks in a pool. After the death of a worker those given out are suspects, and run one at a time.

    So the death of a suspect is its own doing; when it dies a second time the run ends. More workers than one are
    started when the tasks have taken a while: what is done by then is not worth the start of another.
    """
    waiting, suspects, died = deque(range(len(tasks))), deque[int](), set[int]()
    start = time.monotonic()
    while waiting or suspects:
        is_alone = bool(suspects)
        queue = deque([suspects.popleft()]) if is_alone else waiting
        given: dict[Future[Any], int] = {}
        try:
            while queue or given:
                patience = max(0.0, start + PATIENCE - time.monotonic())
                pool.is_wide = pool.is_wide or (patience == 0 and len(queue) > 0)
                while queue and len(given) < (AHEAD * pool.workers if pool.is_wide else 1):
                    given[pool.submit(tasks[queue[0]])] = queue[0]
                    queue.popleft()
                done, _ = wait(given, None if pool.is_wide or not queue else patience, FIRST_COMPLETED)
                for future in sorted(done, key=given.__getitem__):
                    result = future.result()
                    yield given.pop(future), result
        except BrokenProcessPool:
            pool.close()
            if is_alone and died & set(given.values()):
                raise UserError(
                    "a worker process died twice at the same work (out of memory?): use fewer --workers"
                ) from None
            if is_alone:
                died.update(given.values())
            suspects.extend(sorted(given.values()))


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
        from dask import config
        from distributed import Client, LocalCluster
    except ImportError:
        raise UserError("the Dask runner is not installed: run `pip install .[cluster]`") from None
    # A worker computes in a thread, for which glibc would keep a heap of its own and give it back and fetch it again all
    # the time, so there is one arena. Nor is MALLOC_TRIM_THRESHOLD_ set, as Dask would, nor the stack looked at a
    # hundred times a second. A page that takes its worker down is read again with care: a death is no reason to give up.
    with config.set(
        {
            "distributed.worker.profile.enabled": False,
            "distributed.nanny.pre-spawn-environ": dict.fromkeys((*THREADS, "MALLOC_ARENA_MAX"), "1"),
            "distributed.scheduler.allowed-failures": ALLOWED_DEATHS,
        }
    ):
        cluster = None if scheduler else LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
    try:
        client = Client(scheduler or cluster, timeout=30)
    except OSError as problem:
        raise UserError(f"no Dask scheduler answers at {scheduler}: {problem}") from None

    def run(tasks: Sequence[Task], is_risky: bool = False) -> Iterator[tuple[int, Any]]:
        yield from _run_on(client, tasks)

    try:
        yield run
    finally:
        client.close()
        if cluster:
            cluster.close()


def _run_on(client: Any, tasks: Sequence[Task]) -> Iterator[tuple[int, Any]]:
    from distributed import KilledWorker, as_completed

    given = {client.submit(_on_one_thread, task, pure=False): number for number, task in enumerate(tasks)}
    ended = as_completed(list(given))
    is_again = set[int]()
    for future in ended:
        number = given.pop(future)  # and is forgotten: a worker that dies later does not take the result with it
        try:
            result = future.result()
        except KilledWorker:
            if number in is_again:
                raise UserError(
                    "workers of the cluster died again and again at the same work: give them more memory"
                ) from None
            is_again.add(number)
            retried = client.submit(_on_one_thread, tasks[number], pure=False)
            given[retried] = number
            ended.add(retried)
            continue
        yield number, result


def _on_one_thread(task: Task) -> Any:
    """Run a task on a cluster's worker, which may have been started without a word about threads."""
    one_thread()
    function, args = task
    return function(*args)
