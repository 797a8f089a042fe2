"""Jobs: committed with their cause, run by whoever comes first, and never lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from beanie import PydanticObjectId

from models.unit import Job, SentMail
from schemas.accounts import SignUpIn
from schemas.jobs import WelcomeMailArgs
from schemas.mail import Mail
from schemas.types import now
from server.app import Core
from services.accounts.registration import create_user
from services.scopes import Actor, Scope
from services.unit import Unit
from workers.jobs import JOBS
from workers.mail import StoringMailer
from workers.queue import Queue
from workers.runner import Runner
from workers.text_messages import StoringTexter
from workers.work import Tools


@pytest.fixture(autouse=True)
async def empty_queue(core: Core) -> None:
    """Other tests leave welcome mails behind, and these tests are about the order of the queue."""
    await Job.get_pymongo_collection().delete_many({})


class Broken(StoringMailer):
    """A mail server that refuses everything."""

    async def send(self, mail: Mail, unit: Unit) -> None:
        raise ConnectionRefusedError(mail.subject)


class Stuck(StoringMailer):
    """A mail server that never answers."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()

    async def send(self, mail: Mail, unit: Unit) -> None:
        self.reached.set()
        await asyncio.Event().wait()


@asynccontextmanager
async def working(core: Core, mailer: StoringMailer | None = None, **changes: Any) -> AsyncIterator[None]:
    stopping, jobs = asyncio.Event(), [replace(spec, **changes) for spec in JOBS]
    runner = Runner(core.committer, Tools(core.keys.ring, mailer or StoringMailer(), StoringTexter()), jobs)
    task = asyncio.create_task(runner.run(stopping))
    yield
    stopping.set()
    await task


async def account(core: Core) -> tuple[str, Job]:
    """A new account, and the job of its welcome mail."""
    scope = Scope(Actor(), Unit(now()), core.keys.ring)
    name = str(PydanticObjectId())
    draft = SignUpIn(
        email=f"{name}@school.example", password="a long password", first_name="Wilma", last_name="W", username=name
    )
    user = await create_user(scope, core.desk, draft)
    await core.committer.commit(scope.unit)
    job = await Job.find_one({"args.user_id": str(user.id)})
    return str(user.id), job


async def until_state(job: Job, *states: str) -> Job:
    async with asyncio.timeout(10):
        while (found := await Job.get(job.id)).state not in states or found.lease_token:
            await asyncio.sleep(0.02)
    return found


async def mails_to(user_id: str) -> list[SentMail]:
    return await SentMail.find({"to_user_id": PydanticObjectId(user_id)}).to_list()


async def test_four_workers_send_each_mail_once(core: Core):
    """Twenty jobs, four runners: twenty mails."""
    made = [await account(core) for _ in range(20)]
    async with working(core), working(core), working(core), working(core):
        for _, job in made:
            assert (await until_state(job, "done")).attempt == 1
    assert [len(await mails_to(user_id)) for user_id, _ in made] == [1] * 20


async def test_a_failing_job_waits_and_then_is_dead(core: Core):
    """Attempts are counted at the claim; after the last the job keeps its reason and is left alone."""
    _, job = await account(core)
    async with working(core, Broken(), attempts=2, backoff_s=(0.01,)):
        dead = await until_state(job, "dead")
    assert (dead.attempt, dead.error) == (2, "ConnectionRefusedError: Welcome to Coursewire / Bienvenue sur Coursewire")


async def test_a_worker_that_lost_its_lease_commits_nothing(core: Core):
    """Another took the job over: the late one's effects roll back with its claim."""
    user_id, job = await account(core)
    [late] = (await Queue().claim(["mail.welcome"], 1)).jobs
    assert late.id == job.id
    await Job.get_pymongo_collection().update_one({"_id": job.id}, {"$set": {"lease_until": now().replace(year=2000)}})
    async with working(core):
        await until_state(job, "done")
    serving = Runner(core.committer, Tools(core.keys.ring, StoringMailer(), StoringTexter()))
    await serving.serve(late)
    assert len(await mails_to(user_id)) == 1


async def test_a_stopped_worker_gives_its_job_back(core: Core):
    """The job is ready again at once, and the interrupted try does not count."""
    user_id, job = await account(core)
    stuck = Stuck()
    stopping = asyncio.Event()
    runner = Runner(core.committer, Tools(core.keys.ring, stuck, StoringTexter()), drain_s=0.1)
    task = asyncio.create_task(runner.run(stopping))
    await asyncio.wait_for(stuck.reached.wait(), 10)
    stopping.set()
    await asyncio.wait_for(task, 15)
    returned = await Job.get(job.id)
    assert (returned.state, returned.attempt, returned.lease_token) == ("ready", 0, None)
    async with working(core):
        await until_state(job, "done")
    assert len(await mails_to(user_id)) == 1


async def test_a_heartbeat_keeps_the_lease_only_while_it_is_held(core: Core):
    """Prolonging works for the holder, and for nobody after the job was given back."""
    await account(core)
    queue = Queue()
    [held] = (await queue.claim(["mail.welcome"], 1)).jobs
    assert await queue.extend(held)
    await queue.give_back(held)
    assert not await queue.extend(held)
    async with working(core):
        await until_state(held, "done")


def test_arguments_of_a_job_are_checked():
    """A job cannot be told more than its model knows."""
    with pytest.raises(ValueError, match="extra"):
        WelcomeMailArgs.model_validate({"user_id": "0" * 24, "subject": "x"})
