"""How the scenarios are played. Each play is one run of one contestant, and yields a row."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from bench.contestants import Contestant
from bench.stage import OTHER_CORE, Options, Row, Server, Stage

LOOK_EVERY_S: Final = 0.1
LISTENING: Final = "0A"

OTHERS: Final = 5
"""Files that a server may open meanwhile: a connection to an engine more or less says nothing of clients."""


async def one_server(stage: Stage, contestant: Contestant, load: Options) -> Row:
    """One server; a client of its own publishes."""
    async with stage.server(contestant) as server:
        return await stage.load(server, load)


async def only_connect(stage: Stage, contestant: Contestant, load: Options) -> Row:
    """Clients that authenticate and do nothing else."""
    async with stage.server(contestant) as server:
        return await stage.load(server, load, joins=False, says=False)


async def keep_quiet(stage: Stage, contestant: Contestant, load: Options) -> Row:
    """Clients that follow a course in which nothing happens."""
    async with stage.server(contestant) as server:
        return await stage.load(server, load, says=False)


async def two_instances(stage: Stage, contestant: Contestant, load: Options) -> Row:
    """What is published on one instance reaches the clients of another through Redis; the other is measured."""
    async with stage.server(contestant) as server, stage.server(contestant, OTHER_CORE) as other:
        return await stage.load(server, {**load, "publish_port": other.port})


async def hold(stage: Stage, contestant: Contestant, load: Options) -> Row:
    """Two servers, two crowds; a client of the second publishes once at the end."""
    async with stage.server(contestant) as first, stage.server(contestant) as second, AsyncExitStack() as crowds:
        listening = await crowds.enter_async_context(stage.crowd(first, load, says=False))
        await stage.connected(listening)
        publishing = await crowds.enter_async_context(stage.crowd(second, load))
        rows = [await stage.result(crowd) for crowd in (publishing, listening)]
    summed = {name: sum(row[name] for row in rows) for name in ("ready", "dropped", "lost", "duplicated", "delivered")}
    worst = {name: max(row[name] for row in rows) for name in ("p50_ms", "p99_ms", "max_ms", "seconds", "out_of_order")}
    grown = sum(row["rss_after_kib"] - row["rss_before_kib"] for row in rows) / summed["ready"]
    return {**summed, **worst, "kib_per_client": grown}


async def reconnect(stage: Stage, contestant: Contestant, load: Options) -> Row:
    """All clients are cut, miss what is posted meanwhile, and come back with their positions."""
    async with stage.server(contestant) as server:
        reads = await stage.school.log_reads()
        row = await stage.load(server, {**load, "post": "/api/v1/announcements"})
        return {**row, "log_reads": await stage.school.log_reads() - reads}


async def stalled(stage: Stage, contestant: Contestant, load: Options) -> Row:
    """Some clients never read. What they cost is memory of the process, and of the kernel for what is not sent."""
    async with stage.server(contestant) as server, stage.crowd(server, load) as crowd:
        await stage.connected(crowd)
        watching = asyncio.create_task(_watch(server, int(load.get("stalled", 0)), float(load["seconds"])))
        row = await stage.result(crowd)
        gone_s, kernel_mib = await watching
    growth_mib = (row["rss_peak_kib"] - row["rss_before_kib"]) / 1024
    cost = {"growth_mib": growth_mib, "kernel_mib": kernel_mib, "cost_mib": growth_mib + kernel_mib}
    return {**row, **cost, "gone_s": gone_s}


async def _watch(server: Server, leaving: int, seconds: float) -> tuple[float, float]:
    """When the server holds `leaving` files less than now, at most `seconds`; and its most MiB of unsent bytes."""
    clock, files = asyncio.get_running_loop().time, Path(f"/proc/{server.pid}/fd")
    began, held, gone_s, unsent = clock(), len(list(files.iterdir())), 0.0, 0
    while (passed := clock() - began) < seconds:
        unsent = max(unsent, _unsent_bytes(server.port))
        if leaving and not gone_s and len(list(files.iterdir())) <= held - leaving + OTHERS:
            gone_s = passed
        await asyncio.sleep(LOOK_EVERY_S)
    return gone_s or (seconds if leaving else 0.0), unsent / 2**20


def _unsent_bytes(port: int) -> int:
    """What the kernel keeps to send from a port, also for sockets that the server has closed already."""
    ending, total = f":{port:04X}", 0
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(ending) and fields[3] != LISTENING:
            total += int(fields[4].partition(":")[0], 16)
    return total
