"""Shards over processes or a cluster: one that is lost is run again, an interrupt keeps what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, TypeVar

from verify.arithmetic import InputError

T = TypeVar("T")
R = TypeVar("R")

#: How often a task is started before its loss is an error: its worker may not be to blame once or twice.
ATTEMPTS = 4


class Workers(Protocol):
    """Runs a function on tasks. Results come as they are done, each with its task."""

    def __call__(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[T, R]]: ...


class LostTaskError(RuntimeError):
    """A task whose worker died every time that it was tried."""


def here(function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[T, R]]:
    """In this process, one after another."""
    for task in tasks:
        yield task, function(task)


@dataclass(frozen=True)
class Processes:
    """Over `jobs` processes of this machine (joblib's loky).

    When a process dies, loky gives up all tasks that were not finished; they are started again in fresh processes, so
    that nothing is lost but time. A task during which processes died :data:`ATTEMPTS` times is an error.
    """

    jobs: int

    def __call__(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[T, R]]:
        """See :class:`Workers`. Abandoning the iterator, or an interrupt, ends the processes."""
        from concurrent.futures import FIRST_COMPLETED, Future, wait
        from concurrent.futures.process import BrokenProcessPool

        from joblib.externals.loky import get_reusable_executor

        waiting = list(enumerate(tasks))
        attempts = dict.fromkeys(range(len(tasks)), 0)
        running: dict[Future[R], tuple[int, T]] = {}
        finished = False
        try:
            while waiting or running:
                executor = get_reusable_executor(max_workers=self.jobs)
                broken: list[tuple[int, T]] = []
                # Few are handed out at a time, so that a death puts few under suspicion and an end comes soon.
                while waiting and len(running) < 2 * self.jobs:
                    item = waiting.pop(0)
                    try:
                        running[executor.submit(function, item[1])] = item
                    except BrokenProcessPool:
                        broken.append(item)
                        break
                for future in wait(running, return_when=FIRST_COMPLETED).done if running else ():
                    item = running.pop(future)
                    error = future.exception()
                    if isinstance(error, BrokenProcessPool):
                        broken.append(item)
                    elif error is not None:
                        raise error
                    else:
                        yield item[1], future.result()
                for k, task in broken:
                    attempts[k] += 1
                    if attempts[k] >= ATTEMPTS:
                        raise LostTaskError(f"a worker process died {ATTEMPTS} times during one part of the work")
                    waiting.insert(0, (k, task))
            finished = True
        finally:
            if not finished:
                with suppress(Exception):
                    get_reusable_executor().shutdown(wait=False, kill_workers=True)


@dataclass(frozen=True)
class Cluster:
    """Over the workers of a Dask scheduler at `address`, such as ``"tcp://10.0.0.1:8786"``.

    Workers need this package, and the claims, installed. When a worker dies the scheduler gives its task to another.

    Raises
    ------
    InputError
        when Dask is not installed, nobody answers at the address, or no worker is connected.
    """

    address: str
    timeout: float = 10.0

    def __call__(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[T, R]]:
        """See :class:`Workers`. Abandoning the iterator, or an interrupt, cancels what is left."""
        try:
            dask: Any = import_module("distributed")  # it has no types
        except ImportError:
            raise InputError("--cluster", "Dask is not installed", 'pip install "rankproof[cluster]"') from None
        try:
            client = dask.Client(self.address, timeout=self.timeout, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            reason = " ".join(str(error).split())[:100] or type(error).__name__
            raise InputError(
                f"--cluster {self.address}", f"no scheduler answers ({reason})", "start one: dask scheduler"
            ) from None
        futures: dict[Any, T] = {}
        try:
            if not client.scheduler_info(n_workers=-1)["workers"]:
                raise InputError(f"--cluster {self.address}", "has no workers", "start some: dask worker ADDRESS")
            futures = {client.submit(function, task, pure=False, retries=ATTEMPTS - 1): task for task in tasks}
            for future in dask.as_completed(list(futures), loop=client.loop):
                try:
                    result = future.result()
                except dask.scheduler.KilledWorker as error:
                    raise LostTaskError(f"workers died during one part of the work: {error}") from None
                yield futures.pop(future), result
        finally:
            with suppress(Exception):
                client.cancel(list(futures))
            with suppress(Exception):
                client.close(timeout=2)


def workers(*, jobs: int = 1, cluster: str | None = None) -> Workers:
    """What runs tasks: the cluster if one is named, else `jobs` processes, or this one."""
    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1:
        raise InputError("jobs", f"{jobs!r} is not a number of processes", "give an integer of 1 or more")
    if cluster is not None:
        return Cluster(cluster)
    return Processes(jobs) if jobs > 1 else here
