"""Sending clients elsewhere before this process ends: a little at a time, so that nobody else meets all at once."""

from __future__ import annotations

import asyncio
import math
import random
from typing import Final

from realtime.connection import Connection, Connections
from schemas.realtime import ReconnectOut

RECONNECT: Final = "sys.reconnect"
STEP_S: Final = 0.1
PER_SECOND: Final = 50
"""A few clients need not be spread over the whole time."""

TOLD_AT_ONCE: Final = 500


async def drain(connections: Connections, over_s: float) -> None:
    """Tell each connection when to come back, and close its transport at that moment."""
    everyone = list(connections.all())
    random.shuffle(everyone)
    spread_s = min(over_s, len(everyone) / PER_SECOND)
    steps = max(1, math.ceil(spread_s / STEP_S))
    slices = [everyone[step::steps] for step in range(steps)]
    clock = asyncio.get_running_loop().time
    began = clock()
    await _tell(slices, spread_s / steps)
    for number, some in enumerate(slices, 1):
        await asyncio.sleep(began + number * spread_s / steps - clock())
        for connection in some:
            connection.close()
    for late in set(connections.all()).difference(everyone):  # opened meanwhile, on connections that were kept
        _say(late, 0)
        late.close()


async def _tell(slices: list[list[Connection]], step_s: float) -> None:
    told = 0
    for number, some in enumerate(slices, 1):
        for connection in some:
            _say(connection, round(number * step_s * 1000))
        told += len(some)
        if told >= TOLD_AT_ONCE:  # 10,000 tells take half a second; what is under way must not wait for all of them
            told = 0
            await asyncio.sleep(0)


def _say(connection: Connection, in_ms: int) -> None:
    connection.tell(RECONNECT, ReconnectOut(in_ms=in_ms).model_dump(by_alias=True))
