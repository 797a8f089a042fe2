"""R13: a reminder is told once over all workers, however often they die, and never of a date that was moved."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from beanie import PydanticObjectId

from models.accounts import User
from models.notifications import Notification, NotificationChoices
from models.reminders import ReminderPlan, Step
from models.unit import Job
from schemas.notifications import Cadence, Category, Channel, NotificationKind
from schemas.types import now
from server.app import Core
from services.committer import StaleUnitError
from services.reminders import Deadline, plan_id, plan_reminders
from services.unit import Unit
from tests.harness.process import Place, Running, work

WORKERS, KILLS = 4, 10
LEASE_S = "2"
STEPS = (Step(minutes=-120, kind=NotificationKind.DEADLINE_NEAR),)
AHEAD = timedelta(hours=2, seconds=1)
LATER = timedelta(seconds=20)
"""For the dates that are moved while the others are told, so that each is moved in time; their old jobs come later."""


@dataclass(slots=True)
class Sink:
    """A mail server that takes everything and keeps Message-ID and recipient."""

    mails: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        lines = envelope.content.decode("utf-8", "replace").splitlines()
        message_id = next(line for line in lines if line.lower().startswith("message-id:"))
        self.mails.append((message_id, envelope.rcpt_tos[0]))
        return "250 OK"


@asynccontextmanager
async def open_sink() -> AsyncIterator[Sink]:
    sink = Sink()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(sink), "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    async with server:
        yield sink


async def people(core: Core, count: int) -> list[tuple[PydanticObjectId, str]]:
    """Accounts that want a mail at once of whatever is due, with their addresses."""
    at, made = now(), [(one, f"{one}@school.example") for one in (PydanticObjectId() for _ in range(count))]
    keys, base = core.keys.ring, {"created_at": at, "updated_at": at, "first_name": "A", "last_name": "B"}
    users = [
        User(
            id=one,
            email_ct=keys.fields.seal(address, "users", str(one), "email"),
            email_bidx=keys.email_index.of(address),
            email_verified_at=at,
            password_hash=None,
            username=str(one),
            username_folded=str(one),
            **base,
        )
        for one, address in made
    ]
    at_once = {Category.DEADLINES: {Channel.EMAIL: Cadence.IMMEDIATE}}
    await User.insert_many(users)
    await NotificationChoices.insert_many(
        [NotificationChoices(id=one, created_at=at, updated_at=at, cadences=at_once) for one, _ in made]
    )
    return made


async def plan(core: Core, deadlines: Sequence[Deadline], at: datetime) -> None:
    for start in range(0, len(deadlines), 50):
        unit = Unit(at)
        for one in deadlines[start : start + 50]:
            await plan_reminders(unit, one)
        await core.committer.commit(unit)


async def move(core: Core, one: Deadline, at: datetime) -> bool:
    """Set another date, also due already; False where the old one was told before."""
    guard = {"_id": plan_id(one.subject, one.kind), "told": []}
    while await ReminderPlan.find_one(guard) is not None:
        unit = Unit(at)
        await plan_reminders(unit, replace(one, version=2, due_at=one.due_at + timedelta(seconds=1)))
        unit.update(ReminderPlan, guard, {"$set": {"told": []}})
        try:
            await core.committer.commit(unit)
        except StaleUnitError:
            continue
        return True
    return False


async def move_some(core: Core, deadlines: Sequence[Deadline], count: int, at: datetime) -> set[str]:
    """Move so many dates that nobody was told of yet, the last ones first."""
    moved: set[str] = set()
    for one in reversed(deadlines):
        if len(moved) < count and await move(core, one, at):
            moved.add(one.subject)
    return moved


async def until(done: Callable[[], Awaitable[bool]], within_s: float) -> None:
    async with asyncio.timeout(within_s):
        while not await done():
            await asyncio.sleep(0.1)


async def kill_some(
    workers: list[Running], start: Callable[[], Awaitable[Running]], done: Callable[[], Awaitable[int]], most: int
) -> None:
    """Kill a random worker each time that another random part of the work is done, and start one in its place."""
    chance = random.Random(most)
    for part in sorted(chance.sample(range(most // 20, most - most // 20), KILLS)):

        async def so_far(part: int = part) -> bool:
            return await done() >= part

        await until(so_far, 120)
        which = chance.randrange(WORKERS)
        await workers[which].kill()
        workers[which] = await start()


async def no_job_left() -> bool:
    return await Job.find({"state": {"$in": ["ready", "leased"]}, "run_at": {"$lte": now() + 2 * LATER}}).count() == 0


@dataclass(slots=True)
class Outcome:
    """What people had in the end, and the reminders' dates."""

    notices: list[Notification]
    due: dict[str, str]
    moved: set[str]
    mails: list[tuple[str, str]]


async def remind_all(core: Core, total: int) -> Outcome:
    """Everything due at once, in workers that die, while every tenth date is moved."""
    await Job.get_pymongo_collection().delete_many({})
    known, at, run = await people(core, total), now(), PydanticObjectId()
    base = Deadline(subject="", kind="date", due_at=at + AHEAD, version=1, title="T", link="/", steps=STEPS)
    deadlines = [replace(base, subject=f"test{run}:{n}", people=(one,)) for n, (one, _) in enumerate(known)]
    half = total // 20
    deadlines[-half:] = [replace(one, due_at=one.due_at + LATER) for one in deadlines[-half:]]
    await plan(core, deadlines, at)
    ours = {"_id": {"$gte": f"date:test{run}:", "$lt": f"date:test{run};"}}
    mine = {"user_id": {"$in": [one for one, _ in known]}}
    async with AsyncExitStack() as stack:
        sink = await stack.enter_async_context(open_sink())
        place = Place(core.settings.data_dir, *_urls(core))

        async def start() -> Running:
            return await work(place, JOB_LEASE_S=LEASE_S, MAILS_AT_ONCE="1", SMTP_URL=f"smtp://127.0.0.1:{sink.port}")

        early = await move_some(core, deadlines[:-half], half, at)
        workers = [await start() for _ in range(WORKERS)]
        stack.push_async_callback(_stop, workers)

        async def done() -> int:
            """What was handed on, told and mailed: each reminder counts three times."""
            handed_on = await ReminderPlan.find({**ours, "told": {"$ne": []}}).count()
            return handed_on + await Notification.find(mine).count() + len(sink.mails)

        killing = kill_some(workers, start, done, 3 * total)
        late, _ = await asyncio.gather(move_some(core, deadlines[-half:], half, at), killing)
        await until(no_job_left, 120)
    plans = await ReminderPlan.find(ours).to_list()
    due = {one.subject: one.due_at.strftime("%Y-%m-%dT%H:%M:%SZ") for one in plans}
    addresses = {address for _, address in known}
    mails = [mail for mail in sink.mails if mail[1] in addresses]
    return Outcome(await Notification.find(mine).to_list(), due, early | late, mails)


def _urls(core: Core) -> tuple[str, str, str]:
    settings = core.settings
    assert settings.mongodb_url is not None
    assert settings.redis_url is not None
    return settings.mongodb_url.get_secret_value(), settings.redis_url.get_secret_value(), settings.mongodb_database


async def _stop(workers: Sequence[Running]) -> None:
    await asyncio.gather(*(worker.stop() for worker in workers))


def prove(outcome: Outcome, total: int) -> None:
    """Each once in the app, each of the date that holds; each by mail, again only where a worker died with it."""
    assert Counter(notice.subject for notice in outcome.notices) == dict.fromkeys(outcome.due, 1)
    assert len(outcome.notices) == len(outcome.due) == total
    assert len(outcome.moved) == total // 10
    assert [one.subject for one in outcome.notices if one.facts["due"] != outcome.due[one.subject]] == []
    assert len({address for _, address in outcome.mails}) == len(set(outcome.mails)) == total
    assert len(outcome.mails) <= total + KILLS


@pytest.mark.timeout(300)
@pytest.mark.parametrize("total", [100, pytest.param(1000, marks=pytest.mark.soak)])
async def test_r13_reminders_due_at_once_survive_ten_kills_and_moved_dates(core: Core, total: int, record_property):
    """4 workers, 10 SIGKILLs, every tenth date moved: each told once, none of an old date, repeats share an id."""
    outcome = await remind_all(core, total)
    prove(outcome, total)
    record_property("notices", len(outcome.notices))
    record_property("mails", len(outcome.mails))
    record_property("kills", KILLS)
