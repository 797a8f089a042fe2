"""Workers as processes: killed, stopped and wrong about the time, they lose no job and do none twice."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from models.unit import Job, SentMail
from schemas.types import now
from server.app import Core
from services.unit import Author, Unit
from tests.harness.workers import Told, marks, tries, workers

pytestmark = pytest.mark.xdist_group("workers")

POISONS = {
    "raising": "ArithmeticError",
    "hanging": "TooLongError",
    "cancelling": "CancelledError",
    "killing": "WorkerDiedError",
    "good": "ValidationError",
}
ORDERED = ["one", "two", "three", "four", "five"]


@pytest.fixture(scope="module")
async def plant(core: Core) -> AsyncIterator[Core]:
    """Three workers with the right time, and one whose clock is five minutes fast."""
    await Job.get_pymongo_collection().delete_many({})
    kinds = ("good", "slow", "raising", "hanging", "cancelling", "killing", "tick")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(workers(core, 3, *kinds))
        await stack.enter_async_context(workers(core, 1, "skewed", "tick", clock="+5m"))
        yield core


async def enqueue(core: Core, *told: tuple[str, dict], **how: object) -> None:
    """Jobs of these kinds with these arguments, in one unit."""
    unit = Unit(now(), Author(request_id="test"))
    for kind, args in told:
        unit.enqueue(kind, Told(name=kind), **how)
        unit.jobs[-1].args.update(args)
    await core.committer.commit(unit)


async def until(where: dict, *states: str) -> list[Job]:
    """The jobs that match, in the order of their making, when all are in one of the states."""
    async with asyncio.timeout(60):
        while not (jobs := await Job.find(where).sort("created_at", "_id").to_list()) or any(
            job.state not in states for job in jobs
        ):
            await asyncio.sleep(0.05)
    return jobs


async def test_r12_poison_of_every_kind_is_dead_and_harms_nobody(plant: Core):
    """Raising, hanging, unreadable, ending itself, killing its worker: dead after five, and 200 others done."""
    names = [f"safe{number}" for number in range(200)]
    bad = [("good", {"name": "x", "nonsense": 1}), *((kind, {}) for kind in POISONS if kind not in {"good", "killing"})]
    for poisons, safe in ((bad, names[:100]), ([("killing", {})], names[100:])):
        await enqueue(plant, *poisons, *(("good", {"name": name}) for name in safe))
        await until({"kind": {"$in": list(POISONS)}}, "done", "dead")
    jobs = await until({"kind": {"$in": list(POISONS)}}, "done", "dead")
    safe = [job for job in jobs if job.args["name"] in names]
    poisons = [job for job in jobs if job.args["name"] in {*POISONS, "x"}]

    assert {job.state for job in safe} == {"done"}
    assert {name.partition(".")[0] for name in await SentMail.distinct("_id") if name.startswith("safe")} == set(names)
    assert {job.kind: (job.error or "").partition(":")[0] for job in poisons} == POISONS
    assert {(job.state, job.attempt, job.lease_token) for job in poisons} == {("dead", 5, None)}


async def test_r11_a_line_keeps_its_order_over_three_workers(plant: Core):
    """One at a time, in the order of making; one that fails holds the others until it succeeds."""
    told = [("good", {"name": f"line.{name}", "times": 2 if name in {"one", "three"} else 0}) for name in ORDERED]
    await enqueue(plant, *told[:3], line="l")
    await enqueue(plant, *told[3:], line="l")
    jobs = await until({"line": "l"}, "done", "dead")

    tried = [row["name"] async for row in tries().find({"name": {"$regex": "^line[.]"}}).sort("$natural", 1)]
    once = [name.removeprefix("line.") for index, name in enumerate(tried) if name not in tried[:index]]
    assert once == ORDERED
    assert tried == sorted(tried, key=[f"line.{name}" for name in ORDERED].index)
    assert all(before.finished_at <= after.started_at for before, after in pairwise(jobs))


async def test_r11_a_worker_that_stood_still_commits_nothing(plant: Core):
    """SIGSTOP beyond the lease, then SIGCONT: another one has done the job, and what it did is there once."""
    await enqueue(plant, ("slow", {"name": "still"}))
    async with asyncio.timeout(10):
        while (tried := await tries().find_one({"name": "still"})) is None:
            await asyncio.sleep(0.01)
    os.kill(tried["pid"], signal.SIGSTOP)
    [job] = await until({"kind": "slow"}, "done", "dead")
    os.kill(tried["pid"], signal.SIGCONT)
    await its_next_job_is_done(plant, tried["pid"])

    assert (job.state, job.attempt) == ("done", 2)
    assert [mark.subject == str(tried["pid"]) for mark in await marks("still")] == [False]


async def its_next_job_is_done(core: Core, pid: int) -> None:
    """The process has left the slow job, and committed another since: what it had to say, it has said."""
    async with asyncio.timeout(30):
        while await tries().find_one({"name": "still.left", "pid": pid}) is None:
            await asyncio.sleep(0.02)
        while not await SentMail.find_one({"_id": {"$regex": "^after"}, "subject": str(pid)}):
            await enqueue(core, *(("good", {"name": "after"}) for _ in range(24)))
            await asyncio.sleep(0.05)


async def test_r14_a_wrong_clock_starts_nothing_early(plant: Core):
    """Five minutes fast: a job waits for the database's clock, and that is the instant of its unit."""
    due = now() + timedelta(seconds=1)
    await enqueue(plant, ("skewed", {}), at=due)
    [job] = await until({"kind": "skewed"}, "done", "dead")
    [mark] = await marks("skewed")
    assert datetime.fromisoformat(mark.text) - job.finished_at > timedelta(minutes=4)
    assert due == job.run_at <= mark.at <= job.finished_at
    assert job.run_at <= job.started_at


async def test_r14_each_slot_is_run_once(plant: Core):
    """Four workers, one of them five minutes fast: one job a slot, none before its time, none left out."""
    async with asyncio.timeout(30):
        while len(jobs := await Job.find({"kind": "tick", "state": "done"}).sort("created_at").to_list()) < 4:
            await asyncio.sleep(0.05)
    slots = [datetime.fromisoformat((job.key or "").removeprefix("cron:tick:")) for job in jobs]
    assert slots == [slots[0] + timedelta(seconds=number) for number in range(len(slots))]
    assert all(slot <= job.created_at <= job.started_at for slot, job in zip(slots, jobs, strict=True))
    assert await tries().count_documents({"name": "tick"}) >= len(jobs) == len({job.key for job in jobs})
