"""How many live connections a user and an address have over all processes, sockets and readers of events together.

Each process keeps its own counts, and a copy of them in one Redis hash that expires when it stops saying that it lives:
so the counts of a killed process vanish. Nobody waits for Redis while this process stays inside its *share*, the limit
divided by the number of processes. To go beyond (to *borrow*), it asks; and what somebody borrowed is asked for by
everybody. With Redis away nobody borrows. The total may pass the limit by what other processes admit inside their
shares in the second before they hear that somebody borrowed, and before they know a process that has just started.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import uuid4

import redis.asyncio as redis
import structlog
from redis.asyncio.client import Pipeline

from realtime.limits import Limits
from realtime.redis_calls import AWAY, WITHIN_S, open_client
from services.client_address import place_of
from services.errors import TooManyConnections

BEAT_EVERY_S: Final = 1.0
TELL_EVERY_S: Final = 0.25
ALIVE_FOR_S: Final = 10
FULL_FOR_S: Final = 1.0
PAUSE_S: Final = 0.5
CANCEL_AGAIN_S: Final = 0.2

ALIVE: Final = "."
"""A field that every process's hash has: without it the process is gone, or Redis has forgotten it."""

TOLD: Final = 7
"""How many commands tell of this process at each exchange."""

_Work: TypeAlias = Callable[[redis.Redis], Awaitable[None]]

log = structlog.get_logger(__name__)


def of_user(user_id: str) -> str:
    return f"u:{user_id}"


def of_address(address: str) -> str:
    """Empty where no address is known; that is not counted."""
    place = place_of(address)
    return f"a:{place}" if place else ""


@dataclass(frozen=True, slots=True)
class _Ask:
    key: str
    answer: asyncio.Future[bool]


class Caps:
    """The counts of one process. Without a URL it is the only one."""

    def __init__(self, url: str | None, prefix: str, limits: Limits) -> None:
        self._url = url
        self._prefix = f"{prefix}caps:"
        self.limits = limits
        self._name = uuid4().hex
        self._counts: dict[str, int] = {}
        self._untold: set[str] = set()
        self._borrowed: set[str] = set()
        self._borrowed_elsewhere: set[str] = set()
        self._full_until: dict[str, float] = {}
        self._others: set[str] = set()
        self._asks: list[_Ask] = []
        self._wake = asyncio.Event()
        self._is_up = False

    @property
    def is_up(self) -> bool:
        """Whether Redis is told and asked; until then nobody borrows."""
        return self._is_up

    @property
    def processes(self) -> int:
        """How many are known to share the limits, this one included."""
        return len(self._others) + 1

    def count(self, key: str) -> int:
        """How many connections this process holds under a key."""
        return self._counts.get(key, 0)

    async def take(self, key: str) -> None:
        """Count one more connection of `of_user()` or `of_address()`, or raise `TooManyConnections`."""
        if not key:
            return
        limit, count = self._limit(key), self.count(key) + 1
        if count > limit or self._full_until.get(key, 0.0) > asyncio.get_running_loop().time():
            raise TooManyConnections
        is_borrowing = count > self._share(limit)
        if is_borrowing and not self._is_up:
            raise TooManyConnections
        self._count(key, count)
        if not self._is_up or not (is_borrowing or key in self._borrowed_elsewhere):
            return
        granted = False
        try:
            granted = await self._ask(key)
        finally:
            if not granted:
                self._count(key, self._counts[key] - 1)
        if not granted:
            raise TooManyConnections

    def give_back(self, key: str) -> None:
        """One connection less."""
        self._full_until.pop(key, None)
        if key:
            self._count(key, self.count(key) - 1)

    @asynccontextmanager
    async def holding(self, *keys: str) -> AsyncIterator[None]:
        """Count one connection under each key for as long as the block runs."""
        with contextlib.ExitStack() as held:
            for key in keys:
                await self.take(key)
                held.callback(self.give_back, key)
            yield

    async def run(self) -> None:
        """Tell Redis and ask it, until cancelled; then take this process out of the count."""
        if self._url is None:
            return
        keeping = asyncio.create_task(self._keep())
        try:
            await keeping
        finally:
            while not keeping.done():
                keeping.cancel()  # again, because a connection that is just used may swallow the first
                await asyncio.wait({keeping}, timeout=CANCEL_AGAIN_S)
            await self._with_client(self._say_farewell)

    async def _keep(self) -> None:
        while True:
            await self._with_client(self._talk)
            await asyncio.sleep(PAUSE_S)

    def _count(self, key: str, count: int) -> None:
        if count > 0:
            self._counts[key] = count
        else:
            self._counts.pop(key, None)
        if self._url is None:
            return
        self._untold.add(key)
        if count > self._share(self._limit(key)):
            self._borrowed.add(key)
        else:
            self._borrowed.discard(key)

    def _limit(self, key: str) -> int:
        limits = self.limits
        return limits.connections_per_user if key.startswith("u:") else limits.connections_per_address

    def _share(self, limit: int) -> int:
        return max(limit // self.processes, 1)

    async def _ask(self, key: str) -> bool:
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._asks.append(_Ask(key, answer))
        self._wake.set()
        return await answer

    async def _with_client(self, work: _Work) -> None:
        client = open_client(self._url or "")
        try:
            async with client:
                await work(client)
        except AWAY as error:
            if self._is_up:
                log.warning("caps_alone", error=type(error).__name__, processes=self.processes)
        finally:
            self._is_up = False
            self._answer(self._asks, {})
            self._asks = []

    async def _talk(self, connection: redis.Redis) -> None:
        clock = asyncio.get_running_loop().time
        self._untold = set(self._counts)
        beat_at = clock()
        while True:
            is_beat = clock() >= beat_at
            if is_beat:
                beat_at = clock() + BEAT_EVERY_S
            if is_beat or self._asks or self._untold:
                await self._exchange(connection, is_beat=is_beat)
            self._wake.clear()
            if self._asks:
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TELL_EVERY_S):
                    await self._wake.wait()

    async def _exchange(self, connection: redis.Redis, *, is_beat: bool) -> None:
        """One round trip: what changed here, what the asked keys have elsewhere, and at each beat who lives."""
        asks, self._asks = self._asks, []
        untold, self._untold = self._untold, set()
        others = sorted(self._others)
        asked = sorted({ask.key for ask in asks})
        mine = {key: self.count(key) for key in asked}
        totals: dict[str, int] = {}
        try:
            async with connection.pipeline(transaction=True) as pipeline:
                self._tell(pipeline, untold)
                for other in others:
                    pipeline.hmget(self._key(other), [ALIVE, *asked])
                if is_beat:
                    self._ask_who_lives(pipeline, others)
                async with asyncio.timeout(WITHIN_S):
                    was_known, *replies = await pipeline.execute()
            heard, rest = replies[TOLD - 1 :][: len(others)], replies[TOLD + len(others) :]
            totals = {key: mine[key] + sum(int(counts[at] or 0) for counts in heard) for at, key in enumerate(asked, 1)}
        finally:
            self._answer(asks, totals)
        self._is_up = True
        if not was_known:
            self._untold |= set(self._counts)
        if is_beat:
            gone = {other for other, counts in zip(others, heard, strict=True) if counts[0] is None}
            await self._learn(connection, gone, *rest)

    def _tell(self, pipeline: Pipeline, untold: Iterable[str]) -> None:
        """`TOLD` commands; the first one's reply is 0 when Redis knows nothing of this process."""
        own, borrowed = self._key(self._name), self._key(self._name, "borrowed")
        counts = {key: self.count(key) for key in untold}
        if not self._is_up:  # what was said on an earlier connection may be old
            pipeline.delete(own, borrowed)
        else:
            pipeline.expire(own, ALIVE_FOR_S)
        pipeline.hdel(own, "-", *(key for key, count in counts.items() if not count))
        pipeline.srem(borrowed, "-", *(key for key in counts if key not in self._borrowed))
        pipeline.sadd(borrowed, ALIVE, *(key for key in counts if key in self._borrowed))
        pipeline.expire(borrowed, ALIVE_FOR_S)
        pipeline.hset(own, mapping={ALIVE: "1", **{key: str(count) for key, count in counts.items() if count}})
        pipeline.expire(own, ALIVE_FOR_S)

    def _ask_who_lives(self, pipeline: Pipeline, others: Iterable[str]) -> None:
        pipeline.sadd(self._key(), self._name)
        pipeline.smembers(self._key())
        for other in others:
            pipeline.smembers(self._key(other, "borrowed"))

    async def _learn(self, connection: redis.Redis, gone: set[str], named: Iterable[str], *borrowed: set[str]) -> None:
        if gone:
            async with asyncio.timeout(WITHIN_S):
                await connection.srem(self._key(), *gone)
        now = asyncio.get_running_loop().time()
        self._full_until = {key: until for key, until in self._full_until.items() if until > now}
        self._borrowed_elsewhere = set().union(*borrowed) - {ALIVE}
        others = set(named) - gone - {self._name}
        if others == self._others:
            return
        self._others = others
        before = self._borrowed
        self._borrowed = {key for key, count in self._counts.items() if count > self._share(self._limit(key))}
        self._untold |= before ^ self._borrowed

    def _answer(self, asks: Iterable[_Ask], totals: dict[str, int]) -> None:
        """Grant what fits; where the total is over the limit the latest are refused, and where it is unknown all."""
        for ask in reversed(list(asks)):
            limit = self._limit(ask.key)
            total = totals.get(ask.key, limit + 1)
            if not ask.answer.done():
                ask.answer.set_result(total <= limit)
            if total > limit and ask.key in totals:
                totals[ask.key] -= 1
                self._full_until[ask.key] = asyncio.get_running_loop().time() + FULL_FOR_S

    async def _say_farewell(self, connection: redis.Redis) -> None:
        async with asyncio.timeout(WITHIN_S), connection.pipeline(transaction=True) as pipeline:
            pipeline.delete(self._key(self._name), self._key(self._name, "borrowed"))
            pipeline.srem(self._key(), self._name)
            await pipeline.execute()

    def _key(self, *parts: str) -> str:
        return self._prefix + ":".join(parts or ("processes",))
