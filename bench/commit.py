"""100 writers on one stream through two writers' connections: the committer against a transaction for each unit.

Both sides write the same: an announcement, its audit row, the stream's counter and the event.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median, quantiles

from beanie import PydanticObjectId
from pymongo.errors import PyMongoError

from models.announcements import Announcement
from schemas.events.announcements import AnnouncementPosted
from schemas.types import now
from server.app import background
from server.clients import open_database
from server.engines import Engines
from server.metrics import Metrics
from server.migrations import migrate
from services.committer import Committer, MongoClient
from services.event_log import read_epoch
from services.transaction import Committed, apply
from services.unit import Author, Unit

WRITERS, ROUNDS = 100, 3

Write = Callable[[Unit], Awaitable[object]]


class Deaf:
    """Hears of commits and tells nobody."""

    def announce(self, committed: Sequence[Committed]) -> None:
        """Do nothing: fan-out is measured elsewhere."""


def new_unit(course_id: PydanticObjectId) -> Unit:
    unit = Unit(now(), Author(user_id=str(course_id)))
    post = Announcement(
        created_at=unit.at,
        updated_at=unit.at,
        posted_at=unit.at,
        course_id=course_id,
        author_id=course_id,
        title="T",
        content="C" * 200,
    )
    unit.insert(post)
    told = {"announcement_id": str(post.id), "course_id": str(course_id), "author_id": str(course_id)}
    unit.emit(AnnouncementPosted(**told, title=post.title, content=post.content))
    unit.audit("bench", f"announcement:{post.id}")
    return unit


def alone(client: MongoClient, epoch: str) -> Write:
    """What a service without a committer does: a transaction of its own, tried again at each conflict."""

    async def write(unit: Unit) -> None:
        pause = 0.002
        while True:
            try:
                async with client.start_session() as session:
                    await session.start_transaction()
                    await apply([unit], session, epoch)
                    await session.commit_transaction()
                    return
            except PyMongoError as error:
                if not (error.has_error_label("TransientTransactionError") or error.timeout):
                    raise
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))
                pause = min(pause * 2, 0.1)

    return write


async def one_round(writes: Sequence[Write]) -> tuple[float, float]:
    """Seconds for all writers, and the 99th percentile of one."""
    course_id, times = PydanticObjectId(), []

    async def one(number: int) -> None:
        began = time.perf_counter()
        await writes[number % len(writes)](new_unit(course_id))
        times.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(WRITERS)))
    return time.perf_counter() - began, quantiles(times, n=100)[98]


async def measure() -> str:
    """Alternate the two sides, and report medians."""
    async with AsyncExitStack() as stack:
        engines = Engines(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        urls = await engines.start()
        stack.push_async_callback(engines.stop)
        database = await stack.enter_async_context(open_database(urls.mongodb_url, "bench"))
        await migrate(database)
        epoch = await read_epoch()
        committers = [Committer(database.client, epoch, Deaf(), Metrics()) for _ in range(2)]
        for committer in committers:
            await stack.enter_async_context(background(committer.run()))
        together: list[tuple[float, float]] = []
        apart: list[tuple[float, float]] = []
        for _ in range(ROUNDS):
            together.append(await one_round([committer.commit for committer in committers]))
            apart.append(await one_round([alone(database.client, epoch)]))
    return report(together, apart)


def report(together: Sequence[tuple[float, float]], apart: Sequence[tuple[float, float]]) -> str:
    total, p99 = (median(column) for column in zip(*together, strict=True))
    slow_total, slow_p99 = (median(column) for column in zip(*apart, strict=True))
    return (
        f"## {WRITERS} writers on one stream\n\n"
        f"The committers are **{slow_total / total:.1f} times** as fast, and their p99 is "
        f"**{slow_p99 / p99:.1f} times** shorter.\n\n"
        "| | all written | p99 of a writer |\n| --- | --- | --- |\n"
        f"| two committers | {total * 1000:.0f} ms | {p99 * 1000:.0f} ms |\n"
        f"| a transaction for each unit | {slow_total * 1000:.0f} ms | {slow_p99 * 1000:.0f} ms |\n"
    )
