"""Connections are counted over all processes, at no cost to those who are far from the limit."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from realtime.caps import Caps, of_address, of_user
from realtime.limits import Limits
from services.errors import TooManyConnections
from tests.harness.proxy import proxy_to, socket_of

USER = of_user("u1")


async def until(condition):
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(caps):
    task = asyncio.create_task(caps.run())
    try:
        yield caps
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def processes(*urls, prefix=None):
    """One process at each URL, that know of each other."""
    prefix = prefix or f"{uuid4().hex}:"
    async with AsyncExitStack() as stack:
        all_caps = [await stack.enter_async_context(running(Caps(url, prefix, Limits()))) for url in urls]
        await until(lambda: all(caps.is_up and caps.processes == len(urls) for caps in all_caps))
        yield all_caps


@asynccontextmanager
async def two(engines):
    async with processes(engines.redis_url, engines.redis_url) as both:
        yield both


async def taken(caps, key, times=1):
    """How many of so many attempts were let in."""
    admitted = 0
    for _ in range(times):
        with suppress(TooManyConnections):
            await caps.take(key)
            admitted += 1
    return admitted


async def becomes(expected, caps, key=USER):
    """Try until one attempt ends as expected, giving back what was not."""
    async with asyncio.timeout(15):
        while await taken(caps, key) != expected:
            if not expected:
                caps.give_back(key)
            await asyncio.sleep(0.05)


async def test_alone():
    """One process without Redis holds to the limit by itself."""
    caps = Caps(None, "", Limits())

    assert await taken(caps, USER, 15) == 10
    assert await taken(caps, of_user("u2"), 1) == 1
    assert await taken(caps, of_address("192.0.2.1"), 300) == 200
    caps.give_back(USER)
    assert await taken(caps, USER, 5) == 1


async def test_no_address_no_limit():
    """Behind a proxy on a Unix socket nobody has an address, and nobody is counted as one."""
    assert await taken(Caps(None, "", Limits()), of_address(""), 500) == 500


async def test_holding_gives_back_what_it_took():
    """A refusal of the second leaves nothing counted of the first; and the end of the block leaves nothing at all."""
    caps, address = Caps(None, "", Limits()), of_address("192.0.2.1")
    await taken(caps, USER, 10)
    with pytest.raises(TooManyConnections):
        async with caps.holding(address, USER):
            pass
    assert (caps.count(USER), caps.count(address)) == (10, 0)
    caps.give_back(USER)
    async with caps.holding(address, USER):
        assert (caps.count(USER), caps.count(address)) == (10, 1)
    assert (caps.count(USER), caps.count(address)) == (9, 0)


async def test_one_cap_over_two_processes(engines):
    """Ten on the one leave nothing on the other; what one gives back, the other may take, and then it is full again."""
    async with two(engines) as (one, other):
        assert await taken(one, USER, 12) == 10
        await becomes(0, other)
        one.give_back(USER)
        await becomes(1, other)
        await becomes(0, one)
        assert one.count(USER) + other.count(USER) == 10


async def test_inside_the_share_nobody_waits(engines):
    """Within limit / N an answer needs no Redis: the call does not even yield to the loop. Beyond, both are asked."""
    async with two(engines) as (one, other):
        for caps in (one, other):
            for _ in range(5):
                with pytest.raises(StopIteration):
                    caps.take(USER).send(None)
        await asyncio.gather(becomes(0, one), becomes(0, other))
        assert one.count(USER) == other.count(USER) == 5


async def test_together_at_the_limit(engines):
    """Many who come at once through both pass the limit by one share at most."""
    async with two(engines) as both:
        admitted = await asyncio.gather(*(taken(caps, USER) for _ in range(20) for caps in both))
        assert 10 <= sum(admitted) <= 15


async def test_a_dead_process_counts_no_more(engines, monkeypatch):
    """What ended without a farewell is forgotten after a while, and its share goes to the others."""
    monkeypatch.setattr("realtime.caps.ALIVE_FOR_S", 2)
    async with (
        proxy_to(socket_of(engines.redis_url)) as proxy,
        processes(proxy.redis_url, engines.redis_url) as (one, other),
    ):
        assert await taken(one, USER, 10) == 10
        await becomes(0, other)
        proxy.cut()
        await until(lambda: other.processes == 1)
        assert await taken(other, USER, 12) == 10


async def test_a_farewell_counts_at_once(engines):
    """A process that was told to end leaves no count behind."""
    async with Redis.from_url(engines.redis_url) as redis:
        async with processes(engines.redis_url, prefix="farewell:") as (caps,):
            await caps.take(USER)
            assert await redis.keys("farewell:*")
        assert await redis.keys("farewell:*") == []


async def test_redis_forgets(engines):
    """A Redis that was emptied hears everything again."""
    url = engines.redis_url
    async with processes(url, url, prefix="forgets:") as (one, other), Redis.from_url(url) as redis:
        assert await taken(one, USER, 10) == 10
        await becomes(0, other)
        await redis.delete(*await redis.keys("forgets:*"))
        await becomes(1, other)
        other.give_back(USER)
        await becomes(0, other)


async def test_without_redis_each_has_its_share(engines):
    """While Redis is away each of two admits its half and refuses at once; when it is back, the total holds."""
    async with (
        proxy_to(socket_of(engines.redis_url)) as proxy,
        processes(proxy.redis_url, proxy.redis_url) as (one, other),
    ):
        proxy.cut()
        await until(lambda: not one.is_up and not other.is_up)
        assert await taken(one, USER, 12) == await taken(other, USER, 12) == 5
        proxy.mend()
        await until(lambda: one.is_up and other.is_up)
        await asyncio.gather(becomes(0, one), becomes(0, other))


async def test_who_gives_up_waiting_is_not_counted(engines):
    """A client that leaves while Redis is asked holds no place."""
    async with two(engines) as (one, _):
        await taken(one, USER, 5)
        waiting = asyncio.create_task(one.take(USER))
        await asyncio.sleep(0)
        assert one.count(USER) == 6
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert one.count(USER) == 5
