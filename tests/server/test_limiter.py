"""Counting calls over processes: exact, cheap, and never in the way."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from server.engines import EngineUrls
from server.limiter import AWAY_FOR_S, WITHIN_S, Limiter
from services.call_limits import ALLOWANCES, Limit, Standing

LIMIT = ALLOWANCES[Limit.API].user.calls


@asynccontextmanager
async def limiters(url: str | None, count: int = 1, scale: float = 1) -> AsyncIterator[list[Limiter]]:
    prefix = f"test-{os.urandom(6).hex()}:"
    made = [Limiter(url, prefix, scale) for _ in range(count)]
    try:
        yield made
    finally:
        for limiter in made:
            await limiter.close()


async def take(limiter: Limiter, user: str = "1", cost: int = 1) -> Standing:
    standing = await limiter.take(Limit.API, user_id=user, address="192.0.2.1", cost=cost)
    assert standing is not None
    return standing


async def test_s28_four_processes_count_one_key_exactly(engines: EngineUrls):
    """Of 1200 calls, 40 at once, exactly 1000 pass, and everybody is told the same rest."""
    async with limiters(engines.redis_url, 4) as four:
        standings: list[Standing] = []
        for _ in range(30):
            standings += await asyncio.gather(*(take(four[n % 4]) for n in range(40)))
        assert sum(not standing.refused for standing in standings) == LIMIT
        assert {(await take(limiter)).left for limiter in four} == {0}
        assert (await take(four[0], user="2")).left == LIMIT - 1


async def test_s28_what_is_heavy_is_charged_before(engines: EngineUrls):
    """A cost that does not fit is refused and not counted."""
    async with limiters(engines.redis_url, scale=0.01) as (limiter,):
        assert [(s.refused, s.left) for s in [await take(limiter, cost=cost) for cost in (4, 4, 4, 2)]] == [
            (False, 6),
            (False, 2),
            (True, 2),
            (False, 0),
        ]


async def test_who_cannot_be_told_apart_is_not_counted(engines: EngineUrls):
    """Behind a Unix socket there is no address."""
    async with limiters(engines.redis_url) as (limiter,):
        assert await limiter.take(Limit.API, user_id=None, address="", cost=1) is None


@pytest.mark.parametrize("limit", [Limit.REGISTRATION, Limit.SIGN_IN])
async def test_an_address_counts_where_a_name_is_cheap(engines: EngineUrls, limit: Limit):
    """Whoever registers again and again does so under other names."""
    async with limiters(engines.redis_url) as (limiter,):
        quota = ALLOWANCES[limit].address
        standings = [await limiter.take(limit, user_id=f"{n}", address="2001:db8::1", cost=1) for n in range(2)]
        assert [standing.left for standing in standings] == [quota.calls - 1, quota.calls - 2]
        other = await limiter.take(limit, user_id=None, address="2001:db8:0:1::1", cost=1)
        assert other.left == quota.calls - 1


async def test_s28_without_redis_each_process_counts_alone(tmp_path: Path):
    """Refused or gone: the limit holds here, and no call waits."""
    for url in (None, f"unix://{tmp_path}/gone.sock"):
        async with limiters(url, scale=0.01) as (limiter,):
            assert [(await take(limiter)).refused for _ in range(12)] == [False] * 10 + [True] * 2


async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take everything and say nothing."""
    await reader.read()
    writer.close()


async def test_s28_a_silent_redis_slows_no_call_by_100_ms(tmp_path: Path, record_property):
    """One that takes and never answers: a call a second finds out, all others do not wait at all."""
    silent = await asyncio.start_unix_server(hear, tmp_path / "silent.sock")
    took: list[float] = []
    async with silent, limiters(f"unix://{tmp_path}/silent.sock") as (limiter,):
        until = time.monotonic() + AWAY_FOR_S * 1.5
        while time.monotonic() < until:
            began = time.monotonic()
            await asyncio.gather(take(limiter), take(limiter))
            took.append(time.monotonic() - began)
            await asyncio.sleep(0.01)
    took.sort()
    record_property("slowest_ms", round(took[-1] * 1000))
    assert took[-1] > WITHIN_S
    assert took[-2] < 0.1  # one may be the machine's own pause
    assert took[len(took) // 2] < 0.02
