"""What writers asked and what they were told, and the questions that a finished run must answer."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from statistics import quantiles
from typing import Any

import aiohttp
import psutil

from tests.harness.follower import Follower
from tests.harness.people import Person, call
from tests.harness.process import Running

AT_ONCE = 16
"""Writes under way: against a slow server a steady rate becomes a lower one, not a queue without end."""


@dataclass(frozen=True, slots=True)
class Said:
    """One write that was acknowledged, between two moments of this machine's clock."""

    asked_at: float
    answered_at: float
    id: str


@dataclass(slots=True)
class History:
    """Writes of announcements, told apart by their titles.

    A write is acknowledged (2xx), refused (4xx: it must never have happened), or unknown: then it is repeated
    with its key until it is one of the two.
    """

    acknowledged: dict[str, Said] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    unknown: int = 0
    times: list[float] = field(default_factory=list)

    async def write(self, person: Person, course: str, title: str) -> None:
        draft = {"courseId": course, "title": title, "content": "Something happened.", "notify": False}
        asked_at = time.monotonic()
        while True:
            began = time.monotonic()
            try:
                reply = await person.post("/api/v1/announcements", draft, Idempotency_Key=title.replace(" ", "-"))
            except (aiohttp.ClientError, OSError):
                reply = None
            self.times.append(time.monotonic() - began)
            if reply is not None and reply.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                break
            self.unknown += 1
            await asyncio.sleep(random.uniform(0.1, 0.5))
        if reply.status < HTTPStatus.BAD_REQUEST:
            self.acknowledged[title] = Said(asked_at, time.monotonic(), reply.data["announcementId"])
        else:
            self.refused.add(title)

    @asynccontextmanager
    async def being_written(self, persons: Sequence[Person], course: str, per_s: float) -> AsyncIterator[None]:
        """Write at a steady rate, by each person in turn, while the block runs; all are answered at its end."""
        asked: set[asyncio.Task[None]] = set()
        room = asyncio.Semaphore(AT_ONCE)

        async def write(n: int) -> None:
            try:
                await self.write(persons[n % len(persons)], course, f"N{n}")
            finally:
                room.release()

        async def write_on() -> None:
            began, n = time.monotonic(), 0
            while True:
                await room.acquire()
                asked.add(asyncio.create_task(write(n)))
                n += 1
                await asyncio.sleep(max(0.0, began + n / per_s - time.monotonic()))

        writing = asyncio.create_task(write_on())
        try:
            yield
        finally:
            writing.cancel()
            await asyncio.wait([writing])
            async with asyncio.timeout(30):
                await asyncio.gather(*asked)

    def check(self, log: Sequence[Mapping[str, Any]]) -> None:
        """Hold it against the whole log of the stream: nothing lost, nothing twice, in the order of commits."""
        titles = Counter(one["title"] for one in log)
        assert [one["_seq"] for one in log] == list(range(1, len(log) + 1))
        assert self.acknowledged.keys() - titles.keys() == set(), "acknowledged and lost"
        assert self.refused & titles.keys() == set(), "refused and done"
        assert {title: count for title, count in titles.items() if count > 1} == {}, "done twice"
        assert {one["title"]: one["announcementId"] for one in log} == {
            title: said.id for title, said in self.acknowledged.items()
        }
        self._check_order([one["title"] for one in log])

    def _check_order(self, titles: Sequence[str]) -> None:
        """What was answered before another was asked stands before it."""
        earliest_answer = float("inf")
        for title in reversed(titles):
            said = self.acknowledged[title]
            assert said.asked_at <= earliest_answer, f"{title} was asked after a later number was answered"
            earliest_answer = min(earliest_answer, said.answered_at)


def check_followers(followers: Iterable[Follower], last: int) -> None:
    """Each has applied 1 to `last`, each number once, and was never sent a gap or a reset."""
    for one in followers:
        assert one.applied == list(range(1, last + 1))
        assert (one.gaps, one.resets, one.refusals) == (0, [], [])


def p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100)[98]


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process holds for its clients. Memory is in MiB."""

    connections: int
    tasks: int
    sockets: int
    memory: float


async def usage(person: Person, instance: Running) -> Usage:
    """Look at a process from outside and through its own figures."""
    process = psutil.Process(instance.process.pid)
    figures = await metrics(person, instance)
    port = int(instance.url.rpartition(":")[2])
    return Usage(
        sum(one.laddr.port == port and bool(one.raddr) for one in process.net_connections("tcp")),
        int(figures["asyncio_tasks"]),
        int(figures["ws_connections"]),
        process.memory_info().rss / 2**20,
    )


async def metrics(person: Person, instance: Running) -> dict[str, float]:
    text = (await call(person.http, "GET", f"{instance.url}/metrics", None, {})).body.decode()
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


async def nothing_leaked(look: Callable[[], Any], before: Usage, mib: float = 16, within_s: float = 40) -> Usage:
    """Wait until connections and tasks are back where they were, and memory within `mib`."""
    while True:
        now: Usage = await look()
        if (
            now.connections <= before.connections + 3
            and now.tasks <= before.tasks + 5
            and now.sockets <= before.sockets
            and now.memory <= before.memory + mib
        ):
            return now
        within_s -= 0.1
        assert within_s > 0, f"before {before}, now {now}"
        await asyncio.sleep(0.1)
