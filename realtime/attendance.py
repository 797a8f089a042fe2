"""Who is present in which course, over all instances: a sorted set in Redis, or this process's memory without it.

A person is in a course's set until a moment that their server moves on while they are there. So leaving, a lost
connection and a killed server are one case: nobody moves the moment on, and it passes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeAlias

import redis.asyncio as redis
import structlog

from realtime.redis_calls import AWAY, WITHIN_S, open_client
from schemas.presence import MAX_LISTED
from services.ports import Attendance

Courses: TypeAlias = Mapping[str, Sequence[str]]
"""Users by course."""

TRY_AGAIN_S: Final = 2.0
USERS_A_CALL: Final = 1000

MOVE_ON: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local till, here = now + ARGV[1], tonumber(ARGV[2])
local joined = {}
for i = 3, #ARGV do
  if i > 2 + here then
    redis.call('ZADD', KEYS[1], 'XX', 'GT', till, ARGV[i])
  elseif redis.call('ZADD', KEYS[1], 'GT', till, ARGV[i]) == 1 then
    redis.call('HSET', KEYS[2], ARGV[i], now)
    joined[#joined + 1] = ARGV[i]
  end
end
local left = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE')
for _, user in ipairs(left) do
  redis.call('ZREM', KEYS[1], user)
  redis.call('HDEL', KEYS[2], user)
end
redis.call('PEXPIRE', KEYS[1], ARGV[1] * 2)
redis.call('PEXPIRE', KEYS[2], ARGV[1] * 2)
return {joined, left, redis.call('ZCARD', KEYS[1]), now}
"""
"""Move on those who are here, and once more those who have just gone; then take out whose time has passed.

It runs in one piece in Redis, so of all instances exactly one hears that somebody came, and one that they left.
"""

REMOVE: Final = """
redis.call('HDEL', KEYS[2], ARGV[1])
return {redis.call('ZREM', KEYS[1], ARGV[1]), redis.call('ZCARD', KEYS[1])}
"""

READ: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local count = redis.call('ZCOUNT', KEYS[1], '(' .. string.format('%d', now), '+inf')
if count == 0 or count > tonumber(ARGV[1]) then return {count, {}, {}} end
local users = redis.call('ZRANGE', KEYS[1], '(' .. string.format('%d', now), '+inf', 'BYSCORE')
return {count, users, redis.call('HMGET', KEYS[2], unpack(users))}
"""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Moved:
    """What became known when a course was moved on: who came and when, who is gone, how many are here now."""

    joined: dict[str, datetime] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, more: Moved) -> None:
        self.joined |= more.joined
        self.left += more.left
        self.count = more.count


class HereOnly:
    """The attendance of this process alone."""

    def __init__(self, grace_s: float) -> None:
        self._grace_s = grace_s
        self._till: dict[str, dict[str, float]] = {}
        self._since: dict[tuple[str, str], datetime] = {}

    def move_on(self, here: Courses, gone: Courses) -> dict[str, Moved]:
        return {course: self._move_on(course, here.get(course, ()), gone.get(course, ())) for course in {*here, *gone}}

    def _move_on(self, course: str, here: Sequence[str], gone: Sequence[str]) -> Moved:
        now, till = time.monotonic(), self._till.setdefault(course, {})
        joined = [user for user in here if user not in till]
        till |= dict.fromkeys((*here, *(user for user in gone if user in till)), now + self._grace_s)
        came = dict.fromkeys(joined, datetime.now(UTC))
        self._since |= {(course, user): at for user, at in came.items()}
        left = [user for user, end in till.items() if end <= now]
        for user in left:
            self.remove(course, user)
        return Moved(came, left, len(self._till.get(course, ())))

    def remove(self, course: str, user: str) -> Moved:
        till = self._till.get(course, {})
        was_here = till.pop(user, None) is not None
        self._since.pop((course, user), None)
        if not till:
            self._till.pop(course, None)
        return Moved(left=[user] if was_here else [], count=len(till))

    def read(self, course: str) -> Attendance:
        now = time.monotonic()
        here = [user for user, end in self._till.get(course, {}).items() if end > now]
        since = {user: self._since[course, user] for user in here} if len(here) <= MAX_LISTED else None
        return Attendance(len(here), since)


class AttendanceBook:
    """The attendance of the school. While Redis is away, or without one, it is that of this process."""

    def __init__(self, url: str | None, prefix: str, grace_s: float) -> None:
        self._prefix = f"{prefix}presence:"
        self._grace_ms = round(grace_s * 1000)
        self._here_only = HereOnly(grace_s)
        self._redis = open_client(url) if url else None
        self._away_until = 0.0

    async def close(self) -> None:
        if self._redis is not None:
            await self._redis.aclose()

    async def move_on(self, here: Courses, gone: Courses) -> dict[str, Moved]:
        """Keep those here in their courses, let those gone leave after the grace; one round trip for all."""
        alone = self._here_only.move_on(here, gone)
        if self._redis is None or self._is_away():
            return alone
        try:
            async with asyncio.timeout(WITHIN_S):
                return await self._move_on(self._redis, here, gone)
        except AWAY as error:
            self._lost(error)
            return alone

    async def remove(self, course: str, user: str) -> Moved:
        """Take someone out now, without grace."""
        alone = self._here_only.remove(course, user)
        if self._redis is None or self._is_away():
            return alone
        try:
            async with asyncio.timeout(WITHIN_S):
                removed, count = await self._redis.eval(REMOVE, 2, *self._keys(course), user)
        except AWAY as error:
            self._lost(error)
            return alone
        return Moved(left=[user] if removed else [], count=count)

    async def read(self, course: str) -> Attendance:
        """Who is in the course: since when by user, or only how many when they are more than 200."""
        if self._redis is None or self._is_away():
            return self._here_only.read(course)
        try:
            async with asyncio.timeout(WITHIN_S):
                count, users, since = await self._redis.eval(READ, 2, *self._keys(course), str(MAX_LISTED))
        except AWAY as error:
            self._lost(error)
            return self._here_only.read(course)
        if count > MAX_LISTED:
            return Attendance(count, None)
        return Attendance(count, {user: _instant(at) for user, at in zip(users, since, strict=True) if at})

    async def _move_on(self, client: redis.Redis, here: Courses, gone: Courses) -> dict[str, Moved]:
        """At most a thousand people in one call, so that a large course does not hold Redis up."""
        pipeline, asked = client.pipeline(transaction=False), []
        for course in {*here, *gone}:
            staying, leaving = list(here.get(course, ())), list(gone.get(course, ()))
            for start in range(0, max(len(staying), len(leaving), 1), USERS_A_CALL):
                some, others = staying[start : start + USERS_A_CALL], leaving[start : start + USERS_A_CALL]
                pipeline.eval(MOVE_ON, 2, *self._keys(course), str(self._grace_ms), str(len(some)), *some, *others)
                asked.append(course)
        moved: dict[str, Moved] = {}
        for course, (joined, left, count, now) in zip(asked, await pipeline.execute(), strict=True):
            moved.setdefault(course, Moved()).add(Moved(dict.fromkeys(joined, _instant(now)), left, count))
        return moved

    def _keys(self, course: str) -> tuple[str, str]:
        """The set and when each came; the braces keep both in one place of a cluster."""
        return f"{self._prefix}{{{course}}}", f"{self._prefix}{{{course}}}:since"

    def _is_away(self) -> bool:
        return asyncio.get_running_loop().time() < self._away_until

    def _lost(self, error: Exception) -> None:
        """Do without Redis for two seconds, so that nobody waits for it on every call."""
        self._away_until = asyncio.get_running_loop().time() + TRY_AGAIN_S
        log.warning("attendance_alone", error=type(error).__name__)


def _instant(milliseconds: str | int) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
