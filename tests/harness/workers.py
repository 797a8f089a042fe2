"""Workers with jobs that do harm: `python -m tests.harness.workers COUNT KIND…` keeps so many processes of them.

They are forked from one that has imported the house, and one that dies is replaced, as `up` does it. A process of its
own and not the zygote's, because its clock may be wrong (`clock`), which is decided before an interpreter begins.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import libfaketime
from beanie import PydanticObjectId

from models.unit import SentMail
from schemas.types import In, now
from server.app import Core, open_core
from server.engines_of import present_engines
from server.logs import configure_logs
from server.process import StopSignal
from server.settings import Settings
from tests.harness.process import Place, Running, start
from workers.jobs import Cron, JobSpec
from workers.mail import StoringMailer
from workers.runner import Runner
from workers.scheduler import Scheduler
from workers.text_messages import StoringTexter
from workers.work import Tools, Work

LEASE_S = 1.0
SLOW_S = 0.3
POLL_S = 0.02


class Told(In):
    """`name` becomes the id of what the job leaves behind; before that it fails so many `times`."""

    name: str = "tick"
    times: int = 0


def tries() -> object:
    """What jobs write down at once, whether or not they succeed: in order, with the process that tried."""
    return SentMail.get_pymongo_collection().database["tries"]


async def marks(name: str) -> list[SentMail]:
    """What `good` jobs of the name have left."""
    return await SentMail.find({"_id": {"$regex": f"^{name}[.]"}}).to_list()


async def good(args: Told, work: Work) -> None:
    """Leave a mark that commits with the job: who ran it, and what time that process believes it is."""
    await tries().insert_one({"name": args.name, "pid": os.getpid()})
    if await tries().count_documents({"name": args.name}) <= args.times:
        raise ConnectionError(args.name)
    mark = SentMail(
        id=f"{args.name}.{PydanticObjectId()}",
        to_user_id=PydanticObjectId("0" * 24),
        subject=str(os.getpid()),
        text=now().isoformat(),
        at=work.unit.at,
    )
    work.unit.insert(mark)


async def slow(args: Told, work: Work) -> None:
    """Take a while, and say when it is over, however it ends."""
    try:
        await tries().insert_one({"name": args.name, "pid": os.getpid()})
        await asyncio.sleep(SLOW_S)
        await good(Told(name=f"{args.name}.end"), work)
    finally:
        await asyncio.shield(tries().insert_one({"name": f"{args.name}.left", "pid": os.getpid()}))


async def raising(args: Told, work: Work) -> None:
    """Fail."""
    raise ArithmeticError(args.name)


async def hanging(args: Told, work: Work) -> None:
    """Never end."""
    await asyncio.Event().wait()


async def cancelling(args: Told, work: Work) -> None:
    """End itself as if the worker were told to end."""
    raise asyncio.CancelledError


async def killing(args: Told, work: Work) -> None:
    """Take the worker along."""
    os.kill(os.getpid(), signal.SIGKILL)


ODD_JOBS = tuple(
    JobSpec(run.__name__, Told, run, timeout_s=0.2 if run is hanging else 60.0, backoff_s=(0.01,))
    for run in (good, slow, raising, hanging, cancelling, killing)
) + (
    JobSpec("skewed", Told, good),
    JobSpec("tick", Told, good, cron=Cron("* * * * * *", "Europe/Paris", catches_up=True)),
)


def tools_of(core: Core) -> Tools:
    return Tools(core.keys.ring, StoringMailer(), StoringTexter())


async def work(kinds: list[str]) -> None:
    settings, stopping = Settings(_env_file=None), StopSignal()
    configure_logs(settings.log_level)
    jobs = [spec for spec in ODD_JOBS if spec.kind in kinds]
    async with open_core(settings, await present_engines(settings)) as core:
        scheduler = asyncio.create_task(Scheduler(core.committer, "UTC", jobs).run())
        runner = Runner(core.committer, tools_of(core), jobs, lease_s=settings.job_lease_s)
        core.bus.hear_jobs(runner.wake)
        await runner.run(stopping.event)
        scheduler.cancel()


def keep(count: int, kinds: list[str]) -> None:
    """Keep so many children until told to end, or until nobody is there to tell."""
    parent, children, ending = os.getppid(), set[int](), False

    def end(*_: object) -> None:
        nonlocal ending
        ending = True

    signal.signal(signal.SIGTERM, end)
    while not ending and os.getppid() == parent:
        while len(children) < count:
            if (child := os.fork()) == 0:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                asyncio.run(work(kinds))
                os._exit(0)
            children.add(child)
        children -= {pid for pid in children if os.waitpid(pid, os.WNOHANG)[0]}
        time.sleep(POLL_S)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


@asynccontextmanager
async def workers(core: Core, count: int, *kinds: str, clock: str | None = None) -> AsyncIterator[Running]:
    """Processes on the database of `core`; `clock` is how wrong theirs is (`+5m`)."""
    settings = core.settings
    place = Place(
        settings.data_dir,
        settings.mongodb_url.get_secret_value(),
        settings.redis_url.get_secret_value(),
        settings.mongodb_database,
    )
    environment = {"JOB_LEASE_S": str(LEASE_S)}
    if clock is not None:
        [library] = Path(libfaketime.__file__).parent.rglob("libfaketime.so.1")
        environment |= {"LD_PRELOAD": str(library), "FAKETIME": clock, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    running = await start(place, ["-m", "tests.harness.workers", str(count), *kinds], "forking", **environment)
    try:
        yield running
    finally:
        with suppress(ProcessLookupError):
            running.process.terminate()
        await running.process.wait()


if __name__ == "__main__":
    print("forking", flush=True)  # noqa: T201 - read by the test
    keep(int(sys.argv[1]), sys.argv[2:])
