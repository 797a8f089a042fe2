"""100 writers on one stream through two writers' connections: the committer against a transaction for each unit.

Both sides write the same: an announcement, its audit row, the stream's counter and the event.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from statistics import quantiles

from beanie import PydanticObjectId
from pymongo.errors import PyMongoError

from bench.contestants import CONTESTANTS, Contestant
from bench.stage import Options, Row, Stage
from models.announcements import Announcement
from schemas.events.announcements import AnnouncementPosted
from schemas.types import now
from server.app import background
from server.clients import open_database
from server.metrics import Metrics
from server.migrations import migrate
from services.committer import Committer, MongoClient
from services.event_log import read_epoch
from services.transaction import Committed, apply
from services.unit import Author, Unit

WRITERS = 100

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
    unit.emit(AnnouncementPosted(**told, title=post.title, content=post.content, posted_at=unit.at, expires_at=None))
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


async def play(stage: Stage, contestant: Contestant, _: Options) -> Row:
    """One round of one side, on a database of its own."""
    async with AsyncExitStack() as stack:
        name = f"commit_{PydanticObjectId()}"
        database = await stack.enter_async_context(open_database(stage.school.urls.mongodb_url, name))
        await migrate(database)
        epoch = await read_epoch()
        writes = [alone(database.client, epoch)]
        if contestant is CONTESTANTS["committers"]:
            committers = [Committer(database.client, epoch, Deaf(), Metrics()) for _ in range(2)]
            for committer in committers:
                await stack.enter_async_context(background(committer.run()))
            writes = [committer.commit for committer in committers]
        total, p99 = await one_round(writes)
        await database.client.drop_database(name)
    return {"all_ms": total * 1000, "p99_ms": p99 * 1000}
