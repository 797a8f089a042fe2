"""Redis that is lost, silent, deaf or forgetful costs time, never an event."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from itertools import count

import pytest
from redis.asyncio import Redis

from tests.faults.conftest import Wired, health, new_room
from tests.harness.follower import following
from tests.harness.history import History, check_followers, p99
from tests.harness.process import Running
from tests.harness.proxy import BLACKHOLE, STALL, Filter
from tests.harness.school import announce

pytestmark = pytest.mark.xdist_group("wired")


async def kill(wired: Wired) -> None:
    wired.engine("valkey").kill()
    await wired.engines.valkey.wait()


async def pause(wired: Wired) -> None:
    wired.pause("valkey")


async def blackhole(wired: Wired) -> None:
    wired.redis[1].suffer(BLACKHOLE)


async def stall(wired: Wired) -> None:
    wired.redis[1].suffer(STALL)


@pytest.mark.parametrize("fault", [kill, pause, blackhole, stall])
async def test_without_redis_events_come_by_the_sweep(
    wired: Wired, fault: Callable[[Wired], Awaitable[None]], record_property
):
    """From the fault on each event arrives within 3 s, the outage shows within 3 s, and so does its end."""
    room, school = await new_room(wired.school), wired.school
    follower = room.follower()
    async with following(follower, url=lambda: school.other_url):
        await announce(room.instructor, room.course, "Before")
        await follower.reaches(1, 3)
        await fault(wired)
        noticed = asyncio.create_task(health(school, school.other_url, "DEGRADED", 3))
        for n in range(2, 5):
            began = time.monotonic()
            await announce(room.instructor, room.course, "Meanwhile")
            await follower.reaches(n, 3)
            record_property(f"sweep_{n}_s", round(time.monotonic() - began, 2))
        await noticed

        mended = time.monotonic()
        await wired.mend()
        record_property("back_s", round(time.monotonic() - mended, 2))
        assert time.monotonic() - mended < 3
        await announce(room.instructor, room.course, "After")
        await follower.reaches(5, 0.5)
    check_followers([follower], 5)
