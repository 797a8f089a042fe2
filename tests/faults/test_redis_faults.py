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
from tests.harness.guessing import attempt, new_place
from tests.harness.history import History, check_followers, p99
from tests.harness.proxy import BLACKHOLE, STALL, Filter
from tests.harness.resp import LossyPubSub
from tests.harness.school import announce

pytestmark = pytest.mark.xdist_group("wired")


async def kill(wired: Wired) -> None:
    wired.engine("valkey").kill()
    await wired.engines.valkey.wait()


async def pause(wired: Wired) -> None:
    wired.pause("valkey")


async def silence(wired: Wired) -> None:
    """One instance is cut off without a word; the other is heard, and hears nothing."""
    wired.redis[0].suffer(STALL)
    wired.redis[1].suffer(BLACKHOLE)


@pytest.mark.parametrize("fault", [kill, pause, silence])
async def test_without_redis_events_come_by_the_sweep(
    wired: Wired, fault: Callable[[Wired], Awaitable[None]], record_property
):
    """From the fault on each event arrives within 3 s, the outage shows within 3 s, and so does its end."""
    room, school = await new_room(wired.school), wired.school
    here, there = followers = [room.follower(), room.follower()]
    urls = {here: school.url, there: school.other_url}
    async with following(*followers, url=urls.__getitem__):
        await announce(room.instructor, room.course, "Before")
        await there.reaches(1, 3)
        await fault(wired)
        noticed = [asyncio.create_task(health(school, url, "DEGRADED", 3)) for url in urls.values()]
        for n in (2, 3):
            began = time.monotonic()
            await announce(room.instructor.at(urls[followers[n % 2]]), room.course, "Meanwhile")
            await asyncio.gather(*(one.reaches(n, 3) for one in followers))
            record_property(f"sweep_{n}_s", round(time.monotonic() - began, 2))
        await asyncio.gather(*noticed)

        mended = time.monotonic()
        await wired.mend()
        record_property("back_s", round(time.monotonic() - mended, 2))
        assert time.monotonic() - mended < 3
        await announce(room.instructor, room.course, "After")
        await there.reaches(4, 0.5)
    check_followers(followers, 4)


async def forget(wired: Wired) -> None:
    async with Redis(unix_socket_path=str(wired.engines.valkey.socket)) as client:
        await client.flushall()


async def die_and_come_back(wired: Wired) -> None:
    await kill(wired)
    await wired.engines.valkey.start()


@pytest.mark.parametrize(
    ("fault", "for_s"),
    [
        (die_and_come_back, 2.5),
        (forget, 1.0),
        pytest.param(pause, 30.0, marks=pytest.mark.soak),
        pytest.param(silence, 30.0, marks=pytest.mark.soak),
    ],
)
async def test_a_fault_in_the_middle_of_publishing_loses_nothing(
    wired: Wired, fault: Callable[[Wired], Awaitable[None]], for_s: float, record_property
):
    """Under steady writes through both instances every list is 1 to N, and calls stay quick."""
    room, school, history = await new_room(wired.school), wired.school, History()
    writers, urls = [room.instructor.at(url) for url in (school.url, school.other_url)], [school.url, school.other_url]
    followers, turn = [room.follower() for _ in range(4)], count()
    async with following(*followers, url=lambda _: urls[next(turn) % 2]):
        async with history.being_written(writers, room.course, per_s=40):
            await followers[0].reaches(20, 5)
            await fault(wired)
            await followers[0].reaches(len(history.acknowledged) + round(40 * for_s), for_s + 10)
            await wired.mend()
        for one in followers:
            await one.reaches(len(history.acknowledged), 3)
    history.check(followers[0].payloads)
    check_followers(followers, len(history.acknowledged))
    record_property("http_p99_s", round(p99(history.times), 3))
    assert p99(history.times) < 2
    assert max(history.times) < 3


async def test_every_tenth_message_lost_is_made_good_at_once(wired: Wired, record_property):
    """The next number shows the hole, and the log fills it: 1 to N, and hardly later."""
    room, school, history = await new_room(wired.school), wired.school, History()
    filters: list[LossyPubSub] = []

    def lossy() -> Filter:
        filters.append(LossyPubSub(10))
        return filters[-1]

    wired.redis[1].new_filter = lossy
    wired.redis[1].reset()
    await health(school, school.other_url, "OK")
    follower = room.follower()
    try:
        async with following(follower, url=lambda _: school.other_url):
            async with history.being_written([room.instructor], room.course, per_s=100):
                await follower.reaches(200, 10)
            written = len(history.acknowledged)
            for title in ("The next", "and the one after it"):  # of two in a row one is heard, and shows the hole
                await announce(room.instructor, room.course, title)
            await follower.reaches(written, 2.5)
    finally:
        wired.redis[1].new_filter = lambda: lambda data: data
        wired.redis[1].reset()
    check_followers([follower], len(follower.applied))
    record_property("lost", sum(one.lost for one in filters))
    record_property("p99_ms", round(p99(follower.delays) * 1000))
    assert sum(one.lost for one in filters) > 15
    assert p99(follower.delays) < 1


async def test_what_is_committed_is_announced_within_a_second(wired: Wired, record_property):
    """While all is well, on the other instance, p99."""
    room, school, history = await new_room(wired.school), wired.school, History()
    follower = room.follower()
    async with following(follower, url=lambda _: school.other_url):
        async with history.being_written([room.instructor], room.course, per_s=50):
            await follower.reaches(100, 10)
        await follower.reaches(len(history.acknowledged), 3)
    history.check(follower.payloads)
    record_property("p99_ms", round(p99(follower.delays) * 1000))
    assert p99(follower.delays) < 1


@pytest.mark.parametrize("fault", [forget, pause])
async def test_s29_a_lost_redis_gives_no_extra_guess(wired: Wired, fault: Callable[[Wired], Awaitable[None]]):
    """Flushed or silent in the middle of guessing: five wrong passwords in all, on both instances, then a pause."""
    school, place = wired.school, new_place()
    email = (await (await school.person()).get("/api/v1/users/me")).data["email"]
    urls = [school.url, school.other_url]
    codes = [(await attempt(urls[n % 2], school, email, "wrong", place)).code for n in range(3)]
    await fault(wired)
    codes += [(await attempt(urls[n % 2], school, email, "wrong", place)).code for n in range(4)]
    assert codes == ["invalid_credentials"] * 5 + ["too_many_attempts"] * 2
