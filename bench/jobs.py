"""Jobs: how many a worker gets through in a second, and how soon one starts that was just made."""

from __future__ import annotations

import asyncio
import os
from asyncio import StreamReader, StreamWriter
from collections import Counter
from contextlib import suppress
from statistics import quantiles
from typing import Final

from bench.contestants import ROOT, Contestant
from bench.stage import OTHER_CORE, NotPlayableError, Options, Row, Stage

STARTED_WITHIN_S: Final = 120.0
PAUSE_S: Final = 0.02


class Starts:
    """Hears from each job when it was made and when it started, in nanoseconds of the machine's own clock."""

    def __init__(self) -> None:
        self._heard: list[tuple[int, int]] = []
        self._more = asyncio.Event()

    async def hear(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Read what one worker says, until it ends."""
        while line := await reader.readline():
            made, started = line.split()
            self._heard.append((int(made), int(started)))
            self._more.set()
        writer.close()

    async def until(self, count: int) -> list[tuple[int, int]]:
        """Wait for so many, then take them; what never comes is missing, and is counted as lost."""
        with suppress(TimeoutError):
            async with asyncio.timeout(STARTED_WITHIN_S):
                while len(self._heard) < count:
                    self._more.clear()
                    await self._more.wait()
        heard, self._heard = self._heard, []
        return heard


async def play(stage: Stage, contestant: Contestant, load: Options) -> Row:
    """A backlog, made before the worker starts; then one job after the other to an idle worker."""
    backlog, seconds = int(load["backlog"]), float(load["seconds"])
    starts = Starts()
    async with await asyncio.start_server(starts.hear, "127.0.0.1", 0) as listener:
        port = int(listener.sockets[0].getsockname()[1])
        await _make(stage, contestant, port, backlog, 0.0)
        async with stage.server(contestant):
            crowd = await starts.until(backlog)
            single = int(seconds / PAUSE_S)
            await _make(stage, contestant, port, single, PAUSE_S)
            singles = await starts.until(single)
    began, ended = min(started for _, started in crowd), max(started for _, started in crowd)
    waited = [(started - made) / 1e6 for made, started in singles]
    cuts = quantiles(waited, n=100)
    both = Counter(made for made, _ in (*crowd, *singles))
    return {
        "jobs_per_s": len(crowd) / ((ended - began) / 1e9),
        "start_p50_ms": cuts[49],
        "start_p99_ms": cuts[98],
        "lost": backlog + single - len(both),
        "repeated": sum(both.values()) - len(both),
    }


async def _make(stage: Stage, contestant: Contestant, port: int, count: int, pause_s: float) -> None:
    """Let the contestant's own maker make jobs, beside the engines."""
    command = [*contestant.command[:-1], "make", str(port), str(count), str(pause_s)]
    process = await asyncio.create_subprocess_exec(
        "taskset", "-c", str(OTHER_CORE), *command, cwd=ROOT, env={**os.environ, **stage.environment(contestant)}
    )
    if await process.wait():
        message = f"{contestant.title} could not make jobs"
        raise NotPlayableError(message)
