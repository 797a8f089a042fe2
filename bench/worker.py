"""The worker that is measured, and who gives it work: `coursewire worker` with one kind of job more.

The job tells the bench when it was made and when it started, and does nothing else. Making one commits a
unit, as every call does that causes a job.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from functools import cache

from schemas.types import In, now
from server.app import Core, open_core
from server.engines_of import present_engines
from server.logs import configure_logs
from server.process import StopSignal, freeze_heap, run
from server.settings import Settings
from server.working import runner_of
from services.unit import Unit
from workers.jobs import JOBS, JobSpec
from workers.work import Work

MAKERS = 64
"""Who makes jobs at the same time, as calls do."""


class PingArgs(In):
    """When the job was made, in nanoseconds of the machine, and the port of whoever wants to know."""

    made: int
    port: int


@cache
def line_to(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port))


async def ping(args: PingArgs, _: Work) -> None:
    """Say that it has started."""
    line_to(args.port).sendall(b"%d %d\n" % (args.made, time.monotonic_ns()))


PING = JobSpec("bench.ping", PingArgs, ping)


async def work(core: Core) -> None:
    """As `coursewire worker` does it."""
    stopping = StopSignal()
    runner = runner_of(core, jobs=(*JOBS, PING))
    freeze_heap()
    print("listening on nothing", flush=True)
    await runner.run(stopping.event)


async def make(core: Core, port: int, count: int, pause_s: float) -> None:
    """Commit `count` jobs: as fast as it goes, or one each `pause_s` seconds."""

    async def one() -> None:
        unit = Unit(now())
        unit.enqueue("bench.ping", PingArgs(made=time.monotonic_ns(), port=port))
        await core.committer.commit(unit)

    if pause_s:
        for _ in range(count):
            await one()
            await asyncio.sleep(pause_s)
        return
    turns = asyncio.Semaphore(MAKERS)

    async def in_turn() -> None:
        async with turns:
            await one()

    await asyncio.gather(*(in_turn() for _ in range(count)))


async def main(arguments: list[str]) -> None:
    settings = Settings()
    configure_logs(settings.log_level)
    urls = await present_engines(settings)
    async with open_core(settings, urls) as core:
        if arguments[0] == "work":
            await work(core)
        else:
            await make(core, int(arguments[1]), int(arguments[2]), float(arguments[3]))


if __name__ == "__main__":
    run(main(sys.argv[1:]))
