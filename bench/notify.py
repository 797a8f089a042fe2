"""Telling a crowd: what it costs the worker and the database, from the first page to the last commit.

Numbers for all of a page's streams in two commands, against one command for each person's stream.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Mapping
from unittest.mock import patch

from beanie import PydanticObjectId
from pymongo import monitoring
from pymongo.asynchronous.client_session import AsyncClientSession

from bench.commit import Deaf
from bench.contestants import CONTESTANTS, Contestant
from bench.school import DATABASE, School
from bench.stage import Options, Row, Stage
from models.announcements import Announcement
from models.enrollments import Enrollment
from models.notifications import Notification
from schemas.jobs import NotifyArgs
from schemas.notifications import Category, Crowd, NotificationKind
from schemas.types import now
from server.app import background
from server.clients import open_database
from server.keys import load_keys
from server.metrics import Metrics
from server.settings import Settings
from services import transaction
from services.committer import Committer
from services.event_log import read_epoch
from services.transaction import Numbering, draw
from services.unit import Unit
from workers.mail import StoringMailer
from workers.notifying import tell
from workers.text_messages import StoringTexter
from workers.work import Tools, Work

KIND = NotificationKind.ANNOUNCEMENT_POSTED


class Counter(monitoring.CommandListener):
    """How many commands went to the database."""

    def __init__(self) -> None:
        self.commands = 0

    def started(self, _: monitoring.CommandStartedEvent) -> None:
        self.commands += 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Counted when it began."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Counted when it began."""


COUNTER = Counter()
monitoring.register(COUNTER)


async def one_by_one(counts: Mapping[str, int], session: AsyncClientSession) -> Mapping[str, Numbering]:
    """A command for each stream."""
    drawn: dict[str, Numbering] = {}
    for stream in sorted(counts):
        drawn |= await draw({stream: counts[stream]}, session)
    return drawn


async def play(stage: Stage, contestant: Contestant, load: Options) -> Row:
    """Two announcements to everybody: the first is timed, the memory of the second is traced."""
    drawing = one_by_one if contestant is CONTESTANTS["notify-each"] else draw
    async with open_database(stage.school.urls.mongodb_url, DATABASE) as database:
        committer = Committer(database.client, await read_epoch(), Deaf(), Metrics())
        await _begin(stage.school, int(load["unread"]))
        with patch.object(transaction, "draw", drawing):
            async with background(committer.run()):
                row = await _timed(committer, stage.school)
                tracemalloc.start()
                await _tell(committer, stage.school)
                row["peak_mib"] = tracemalloc.get_traced_memory()[1] / 2**20
                tracemalloc.stop()
        told = await Notification.find({"kind": KIND}).count()
    return {**row, "told": told / 2}


async def _timed(committer: Committer, school: School) -> Row:
    before, began = COUNTER.commands, time.perf_counter()
    units = await _tell(committer, school)
    all_ms = 1000 * (time.perf_counter() - began)
    commands = COUNTER.commands - before
    return {"all_ms": all_ms, "unit_ms": all_ms / units, "commands": commands, "commands_per_unit": commands / units}


async def _begin(school: School, unread: int) -> None:
    """Everybody has so many notifications that they have not read."""
    collection = Notification.get_pymongo_collection()
    await collection.drop()
    await collection.create_indexes(Notification.Settings.indexes)
    course_id = PydanticObjectId(school.course_id)
    seats = await Enrollment.find({"course_id": course_id}).to_list()
    for number in range(unread):
        await Notification.insert_many([_old(seat, number) for seat in seats])


def _old(seat: Enrollment, number: int) -> Notification:
    return Notification(
        id=PydanticObjectId(),
        user_id=seat.user_id,
        kind=NotificationKind.TEST,
        category=Category.SYSTEM,
        once=str(number),
        subject="user:",
        facts={},
        link="",
        created_at=now(),
    )


async def _tell(committer: Committer, school: School) -> int:
    """The jobs of one announcement, one after the other; how many there were."""
    keys = load_keys(Settings(_env_file=None, data_dir=school.folder)).ring
    tools, following, units = Tools(keys, StoringMailer(), StoringTexter()), [await _news(school)], 0
    while following:
        unit = Unit(now())
        await tell(following.pop(), Work(unit, tools))
        following += [NotifyArgs.model_validate(job.args) for job in unit.jobs]
        await committer.commit(unit)
        units += 1
    return units


async def _news(school: School) -> NotifyArgs:
    at, course_id = now(), PydanticObjectId(school.course_id)
    post = Announcement(
        created_at=at,
        updated_at=at,
        posted_at=at,
        course_id=course_id,
        author_id=course_id,
        title="The seminar moves",
        content="",
    )
    await post.insert()
    return NotifyArgs(
        kind=KIND,
        subject=f"announcement:{post.id}",
        once=f"{post.id}",
        to=Crowd.COURSE,
        course_id=school.course_id,
        facts={"course": "Everybody", "title": post.title},
        link=f"#/courses/{school.course_id}",
        at=at,
    )
