"""What processes say of themselves, in Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from realtime.meter import Carrier
from schemas.operations import BusState, ProcessKind
from server.app import Core, background
from server.metrics import Metrics
from server.process import Lifecycle
from server.reports import Reports


@asynccontextmanager
async def another(core: Core, metrics: Metrics, url: str | None = None) -> AsyncIterator[Reports]:
    """The reports of one more process of the same school."""
    given = core.settings.redis_url or SecretStr("")
    reports = Reports(core.settings, url or given.get_secret_value(), core.bus, metrics)
    async with background(reports.run(ProcessKind.WEB, Lifecycle(is_draining=True))):
        yield reports


async def until_seen(reports: Reports, count: int) -> None:
    async with asyncio.timeout(5):
        while len(await reports.read()) != count:
            await asyncio.sleep(0.05)


async def test_every_process_reads_what_all_of_them_carry(core: Core):
    """Each reports what it carries and how it is; whoever ends is gone at once."""
    ours, theirs = Metrics(), Metrics()
    theirs.connections(Carrier.SOCKET, now=7)
    theirs.watch_queues(Carrier.SOCKET, lambda: 4096)
    theirs.evicted("slow")
    async with another(core, ours) as reader:
        async with another(core, theirs) as writer:
            await until_seen(reader, 2)
            report = next(one for one in await reader.read() if one.id == writer.id)
            assert (report.sockets, report.queue_bytes, report.evictions) == (7, 4096, {"slow": 1})
            assert (report.kind, report.draining, report.bus) == (ProcessKind.WEB, True, BusState.UP)
            assert 0 <= report.loop_lag_s < 5
        await until_seen(reader, 1)


async def test_without_redis_a_process_knows_itself(core: Core):
    """Nothing waits and nothing fails: the own report is always there."""
    async with another(core, Metrics(), "redis://127.0.0.1:1") as reports:
        await until_seen(reports, 1)
        assert (await reports.read())[0].id == reports.id
