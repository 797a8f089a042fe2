"""What is due by itself: each slot once, by the school's clock, whatever was missed and whoever is there."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from models.unit import CronMark, Job
from schemas.types import now
from server.app import Core
from services.slots import slots_after
from tests.harness.workers import Told, good
from workers.jobs import Cron, JobSpec
from workers.scheduler import Scheduler

PARIS = "Europe/Paris"
HOURLY = "0 * * * *"


@pytest.fixture(autouse=True)
async def nothing_made(core: Core) -> None:
    await Job.get_pymongo_collection().delete_many({})
    await CronMark.get_pymongo_collection().delete_many({})


def first(line: str, after: str, count: int) -> list[str]:
    """The slots behind an instant of Paris's winter or summer time, in UTC."""
    found = islice(slots_after(line, PARIS, datetime.fromisoformat(after)), count)
    return [f"{slot:%m-%d %H:%M}" for slot in found]


def test_an_hour_that_is_left_out_or_repeated_has_its_slot_once():
    """In spring what is due at half past two comes right after the gap; in autumn at the first half past two."""
    assert first("30 2 * * *", "2026-03-28T12:00+01:00", 2) == ["03-29 01:00", "03-30 00:30"]
    assert first("30 2 * * *", "2026-10-24T12:00+02:00", 2) == ["10-25 00:30", "10-26 01:30"]


def test_what_comes_every_half_hour_comes_through_both():
    """No half hour is left out, and none is twice."""
    spring, autumn = (
        first("*/30 * * * *", "2026-03-29T01:15+01:00", 3),
        first("*/30 * * * *", "2026-10-25T02:15+02:00", 4),
    )
    assert spring == ["03-29 00:30", "03-29 01:00", "03-29 01:30"]
    assert autumn == ["10-25 00:30", "10-25 01:00", "10-25 01:30", "10-25 02:00"]


async def made(core: Core, *crons: Cron) -> list[list[str]]:
    """Two workers look at the same time, twice; the keys of the jobs of each row."""
    rows = [JobSpec(f"cron{number}", Told, good, cron=cron) for number, cron in enumerate(crons)]
    workers = [Scheduler(core.committer, PARIS, rows) for _ in range(2)]
    for _ in range(2):
        await asyncio.gather(*(worker.look() for worker in workers))
    return [[job.key or "" for job in await Job.find({"kind": row.kind}).sort("key").to_list()] for row in rows]


async def test_missed_slots_become_one_unless_each_counts(core: Core):
    """After five hours without a worker: the last one alone, or all five; and none twice."""
    hour = now().replace(minute=0, second=0, microsecond=0)
    await CronMark.get_pymongo_collection().insert_many(
        {"_id": f"cron{number}", "slot": hour - timedelta(hours=5)} for number in range(2)
    )
    missed = [f"{hour - timedelta(hours=back):%Y-%m-%dT%H:00:00Z}" for back in (4, 3, 2, 1, 0)]
    once, all_of_them = await made(core, Cron(HOURLY), Cron(HOURLY, catches_up=True))
    assert once[0] == f"cron:cron0:{missed[-1]}"
    assert all_of_them[:5] == [f"cron:cron1:{slot}" for slot in missed]
    assert now().hour != hour.hour or (len(once), len(all_of_them)) == (1, 5)


async def test_a_new_row_begins_with_its_next_slot(core: Core):
    """What would have been due before the row existed was not missed."""
    assert await made(core, Cron("0 0 1 1 *")) == [[]]
    mark = await CronMark.get("cron0")
    assert abs(mark.slot - datetime.now(UTC)) < timedelta(minutes=1)
