"""One piece of work for all who ask for the same at the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class _Flight(Generic[T]):
    task: asyncio.Task[T]
    waiting: int = 0


class SingleFlight(Generic[T]):
    """Work under a key runs once, whoever of those who wait for it is cancelled; with the last one it is given up."""

    def __init__(self) -> None:
        self._flights: dict[str, _Flight[T]] = {}

    async def run(self, key: str, work: Callable[[], Awaitable[T]]) -> tuple[T, bool]:
        """The result of the work under that key, and whether it was begun for somebody else; raises what it raises."""
        joined = key in self._flights
        flight = self._flights[key] if joined else self._begun(key, work)
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task), joined
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                self._drop(key, flight)
                flight.task.cancel()

    def _begun(self, key: str, work: Callable[[], Awaitable[T]]) -> _Flight[T]:
        async def done() -> T:
            return await work()

        flight = _Flight(asyncio.create_task(done()))
        flight.task.add_done_callback(lambda _: self._drop(key, flight))
        self._flights[key] = flight
        return flight

    def _drop(self, key: str, flight: _Flight[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
