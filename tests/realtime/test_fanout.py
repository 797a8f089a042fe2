"""Handing events out: nobody's trouble is another's."""

import asyncio
import time
from datetime import UTC, datetime

from realtime.connection import Connection
from realtime.fanout import Fanout
from realtime.hub import Follower
from realtime.log import LiveStream
from realtime.meter import Carrier
from schemas.types import UserRole
from server.metrics import Metrics
from services.accounts.tokens import Claims
from services.event_log import WireEvent

STREAM = "announcements/course:65f0a1b2c3d4e5f60718293a"


class Outlet:
    """A client that is written to, or one whose transport raises at every event."""

    carrier = Carrier.SOCKET

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken
        self.got: list[int] = []

    def deliver(self, _follower, batch) -> None:
        if self.broken:
            raise RuntimeError
        self.got += [event.seq for event in batch.events]


def event(seq: int) -> WireEvent:
    return WireEvent(STREAM, seq, "announcement.posted", "{}", f"{seq:024x}", None, None, datetime.now(UTC))


def stream_of(*outlets: Outlet) -> LiveStream:
    live = LiveStream(STREAM)
    live.begin(0)
    for outlet in outlets:
        follower = Follower(Connection(Claims("u", "s", UserRole.STUDENT, 1, time.time() + 600), outlet, "en"), STREAM)
        follower.is_live = True
        live.add(follower)
    return live


async def test_one_that_cannot_be_written_to_costs_nobody_an_event():
    """Every other client gets every event, those of the same turn and later ones."""
    told: list[dict[str, object]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context))
    try:
        well, fanout = [Outlet() for _ in range(8)], Fanout(Metrics())
        live = stream_of(*well[:4], Outlet(broken=True), *well[4:])
        for seq in (1, 2, 3):
            fanout.put(live, [event(seq)])
            async with asyncio.timeout(5):
                while any(outlet.got[-1:] != [seq] for outlet in well):
                    await asyncio.sleep(0)
    finally:
        loop.set_exception_handler(None)
    assert all(outlet.got == [1, 2, 3] for outlet in well)
    assert told
