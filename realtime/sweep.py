"""The safety net under the hints: what was committed in the last 12 s and reached nobody here.

It also notices within 10 s when the database was restored from a dump.
"""

from __future__ import annotations

import asyncio
import contextlib
import random

import structlog
from pymongo.errors import PyMongoError

from realtime.bus import Bus
from realtime.hub import Hub

CALM_S, TICK_S = 10.0, 1.0

log = structlog.get_logger(__name__)


class DatabaseRestoredError(Exception):
    """Heads, memory and every client's position are of another epoch: this process ends, and begins anew."""


class Sweeper:
    """Sweeps every 10 s while hints arrive, every second while they do not, and after each recovery."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._recovered = asyncio.Event()

    def recovered(self) -> None:
        """Hints arrive again: compare every stream once, for what was lost meanwhile."""
        self._recovered.set()

    async def run(self, bus: Bus) -> None:
        """Look each second whether it is time, until cancelled; raises `DatabaseRestoredError`."""
        clock = asyncio.get_running_loop().time
        due_at = clock()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._recovered.wait()
            try:
                if self._recovered.is_set():
                    self._recovered.clear()
                    await self._hub.compare_heads()
                if not bus.is_up or clock() >= due_at:
                    due_at = clock() + CALM_S * random.uniform(0.9, 1.1)
                    if await self._hub.events.is_restored():
                        raise DatabaseRestoredError
                    await self._hub.sweep()
            except PyMongoError as error:
                log.warning("sweep_failed", error=type(error).__name__)
