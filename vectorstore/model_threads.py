"""A model on threads of its own: loaded there once, used there, never holding up the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M")


class ModelThreads(Generic[M]):
    """Loads a model in the background, and runs work beside it."""

    def __init__(self, load: Callable[[], M], *, name: str, threads: int = 1) -> None:
        """Nothing is loaded yet.

        Args:
            load: Loads the model, on one of the threads; what it raises, everybody gets who waits for the model.
            name: What the threads are called.
            threads: How much work is done beside each other; with more than one the model must bear that.
        """
        self._load = load
        self._workers = ThreadPoolExecutor(max_workers=threads, thread_name_prefix=name)
        self._loading: Future[M] | None = None

    @property
    def status(self) -> str:
        """One of "idle" (nothing asked of it yet), "loading", "ready", "failed: " and a sentence."""
        if self._loading is None:
            return "idle"
        if not self._loading.done():
            return "loading"
        error = self._loading.exception()
        return "ready" if error is None else f"failed: {error}"

    @property
    def loaded(self) -> M | None:
        """The model, where it is ready."""
        return self._loading.result() if self._loading is not None and self.status == "ready" else None

    def start_loading(self) -> None:
        """Begin to load; a failed load is not tried again in this process."""
        if self._loading is None:
            self._loading = self._workers.submit(self._load)

    async def model(self) -> M:
        """The model, once it is loaded; raises what loading raised."""
        self.start_loading()
        assert self._loading is not None  # noqa: S101 - set by the line above
        # Shielded, since a caller that gives up must not cancel the load everybody else waits for.
        loading = asyncio.wrap_future(self._loading)
        loading.add_done_callback(lambda done: done.cancelled() or done.exception())  # or asyncio logs it as lost
        return await asyncio.shield(loading)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the work gives, done on one of the threads."""
        return await asyncio.wrap_future(self._workers.submit(work, *args, **kwargs))

    def close(self) -> None:
        """Drop what waits for a thread and let each end after what it does now."""
        self._workers.shutdown(wait=False, cancel_futures=True)
