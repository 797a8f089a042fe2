"""The timing wheel: everything that is due within seconds, for all connections, on one timer."""

from __future__ import annotations

import asyncio
from typing import Protocol

SPOKES = 10
TURN_S = 1.0


class Ticked(Protocol):
    """Something that looks at the clock once a turn."""

    def tick(self, now: float) -> None:
        """`now` is the loop's time. May remove itself from the wheel."""


class Wheel:
    """Ticks every member once a second, a tenth of them at a time.

    Pings, deadlines and queue ages of a connection need no timer of their own: at 10,000 connections this is
    4 ms of work a second, where four timer handles each would be 40,000 objects.
    """

    def __init__(self) -> None:
        self._spokes: tuple[set[Ticked], ...] = tuple(set() for _ in range(SPOKES))
        self._next = 0

    def add(self, member: Ticked) -> None:
        self._spokes[self._next % SPOKES].add(member)
        self._next += 1

    def discard(self, member: Ticked) -> None:
        for spoke in self._spokes:
            spoke.discard(member)

    async def run(self) -> None:
        """Turn until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            for spoke in self._spokes:
                await asyncio.sleep(TURN_S / SPOKES)
                now = loop.time()
                for member in tuple(spoke):
                    member.tick(now)
