"""The queue within one process: lanes, hints, and what a job sees when it begins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from typer.testing import CliRunner

from models.accounts import User
from models.unit import Job
from realtime.bus import Bus, BusHandlers
from schemas.jobs import Lane
from schemas.types import now
from server.__main__ import cli
from server.app import Core, background
from server.metrics import Metrics
from services.committer import StaleUnitError
from services.unit import Author, Unit
from tests.harness.workers import Told, good, hanging, marks, tools_of
from workers import lines, runner
from workers.jobs import LANE_LIMITS, JobSpec
from workers.runner import Runner
from workers.work import Work

NEVER_S = 3600.0


@pytest.fixture(autouse=True)
async def empty_queue(core: Core) -> None:
    await Job.get_pymongo_collection().delete_many({})


@asynccontextmanager
async def working(
    core: Core, *jobs: JobSpec, lanes: Sequence[Lane] = tuple(Lane), bus: Bus | None = None
) -> AsyncIterator[None]:
    """A worker of these jobs, which hears of commits: those of its own process, or what comes by another's bus."""
    stopping, worker = asyncio.Event(), Runner(core.committer, tools_of(core), jobs, lanes=lanes, drain_s=0.1)
    (bus or core.bus).hear_jobs(worker.wake)
    task = asyncio.create_task(worker.run(stopping))
    yield
    stopping.set()
    await task


async def committed(core: Core, *kinds: str, unit: Unit | None = None, **how: object) -> None:
    unit = unit or Unit(now(), Author(user_id="owner", request_id="asked"))
    for kind in kinds:
        unit.enqueue(kind, Told(name=kind), **how)
    await core.committer.commit(unit)


async def until(kind: str, state: str, count: int = 1) -> list[Job]:
    async with asyncio.timeout(20):
        while len(jobs := await Job.find({"kind": kind, "state": state}).to_list()) < count:
            await asyncio.sleep(0.01)
    return jobs


async def test_a_full_lane_takes_no_place_in_another(core: Core):
    """Mails that hang fill their own places; whatever else there is to do is done."""
    mail = JobSpec("mail", Told, hanging, lane=Lane.MAIL)
    async with working(core, mail, JobSpec("other", Told, good)):
        await committed(core, *["mail"] * 10)
        await until("mail", "leased", LANE_LIMITS[Lane.MAIL])
        await committed(core, *["other"] * 10)
        await until("other", "done", 10)
        assert len(await until("mail", "leased")) == LANE_LIMITS[Lane.MAIL]
    assert [job.attempt for job in await until("mail", "ready", 10)] == [0] * 10


async def test_a_worker_serves_its_lanes_and_the_kinds_that_it_knows(core: Core):
    """The others wait for a worker that does."""
    jobs = [JobSpec(lane.value, Told, good, lane=lane) for lane in Lane]
    async with working(core, *jobs, lanes=[Lane.SMS]):
        await committed(core, *Lane, "of_tomorrow")
        await until("sms", "done")
    waiting = await Job.find({"state": "ready"}).to_list()
    assert {(job.kind, job.attempt) for job in waiting} == {
        (k, 0) for k in ("default", "mail", "export", "of_tomorrow")
    }


def test_an_unknown_lane_is_named():
    """A worker that would serve nothing does not start."""
    shown = CliRunner().invoke(cli, ["worker", "--lanes", "mail,post"])
    assert shown.exit_code == 2
    assert "default, mail, sms, export" in " ".join(shown.output.replace("│", " ").split())


async def test_a_commit_wakes_its_workers(core: Core, monkeypatch: pytest.MonkeyPatch):
    """A worker that would not look again for an hour begins at once."""
    monkeypatch.setattr(runner, "POLL_S", NEVER_S)
    async with working(core, JobSpec("woken", Told, good)):
        await asyncio.sleep(0)
        await committed(core, "woken")
        await until("woken", "done")


async def test_a_commit_wakes_the_workers_of_other_processes(core: Core, monkeypatch: pytest.MonkeyPatch):
    """A worker that would not look again for an hour, and hears nothing but Redis, begins at once, too."""
    monkeypatch.setattr(runner, "POLL_S", NEVER_S)
    is_up, url = asyncio.Event(), core.settings.redis_url
    elsewhere = Bus(url.get_secret_value(), core.settings.redis_prefix, Metrics())
    heard = BusHandlers(lambda _: None, lambda: None, is_up.set, lambda _: None)
    async with (
        working(core, JobSpec("elsewhere", Told, good), bus=elsewhere),
        background(elsewhere.run(heard)),
    ):
        await is_up.wait()
        await committed(core, "elsewhere")
        await until("elsewhere", "done")


async def test_a_job_sees_the_change_that_caused_it(core: Core):
    """While the unit is not committed there is no job; when there is one, what the unit stored is there."""
    reached, release, seen = asyncio.Event(), asyncio.Event(), []

    async def look(args: Told, work: Work) -> None:
        seen.append(await marks("cause"))

    async def inside(_: object) -> None:
        reached.set()
        await release.wait()

    async with working(core, JobSpec("look", Told, look), JobSpec("cause", Told, good)):
        unit = Unit(now())
        await good(Told(name="cause"), Work(unit, tools_of(core)))
        unit.inside(inside)
        commit = asyncio.create_task(committed(core, "look", unit=unit))
        await reached.wait()
        assert await Job.find_all().count() == 0
        release.set()
        await commit
        await until("look", "done")
    assert len(seen[0]) == 1


async def test_a_unit_that_fails_leaves_no_job(core: Core):
    """Neither does one that was out of date."""
    unit = Unit(now())
    unit.update(User, {"_id": "nobody"}, {"$set": {"version": 2}})
    with pytest.raises(StaleUnitError):
        await committed(core, "never", unit=unit)
    assert await Job.find_all().count() == 0


async def test_a_job_keeps_for_whom_it_works(core: Core):
    """Along a chain: the job that a job enqueues has the same owner and the same request."""

    async def chain(args: Told, work: Work) -> None:
        work.unit.enqueue("link", Told(name="link"))

    async with working(core, JobSpec("chain", Told, chain), JobSpec("link", Told, good)):
        await committed(core, "chain")
        [link] = await until("link", "done")
    assert (link.owner_id, link.request_id) == ("owner", "asked")


async def test_a_unit_out_of_date_runs_again_while_the_lease_holds(core: Core):
    """A job that decided on what has changed since decides anew, within the same attempt."""
    runs: list[int] = []

    async def hasty(args: Told, work: Work) -> None:
        runs.append(1)
        if len(runs) < 3:
            work.unit.update(User, {"_id": "nobody"}, {"$set": {"version": 2}})

    async with working(core, JobSpec("hasty", Told, hasty)):
        await committed(core, "hasty")
        [job] = await until("hasty", "done")
    assert (job.attempt, len(runs)) == (1, 3)


async def test_a_line_that_nobody_brought_forward_is_mended(core: Core):
    """A worker died between the end of a job and the next of its line."""
    await committed(core, "first", "second", line="l")
    await Job.get_pymongo_collection().update_one({"kind": "first"}, {"$set": {"state": "done"}})
    await Job.get_pymongo_collection().update_one({"kind": "second"}, {"$set": {"state": "held"}})
    assert (await lines.mend(), await lines.mend()) == (1, 0)
    assert (await Job.find_one({"kind": "second"})).state == "ready"


async def test_a_dead_job_lets_its_line_go_on(core: Core):
    """The others wait as long as it is tried, and no longer."""

    async def broken(args: Told, work: Work) -> None:
        raise ArithmeticError

    specs = JobSpec("broken", Told, broken, attempts=2, backoff_s=(0.01,)), JobSpec("next", Told, good)
    async with working(core, *specs):
        await committed(core, "broken", *["next"] * 12, line="l")
        after = await until("next", "done", 12)
    [dead] = await until("broken", "dead")
    assert all(dead.died_at <= job.started_at for job in after)
