"""Our own commands as real processes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from tests.harness.zygote import Forked, Zygote

READY_WITHIN_S = 30.0


@dataclass(slots=True)
class Place:
    """What processes of one school share: a database, a channel prefix, and a folder for keys and logs."""

    data_dir: Path
    mongodb_url: str
    redis_url: str
    database: str

    @property
    def environment(self) -> dict[str, str]:
        ours = {
            "DATA_DIR": str(self.data_dir),
            "HOST": "127.0.0.1",
            "PORT": "0",
            "MONGODB_URL": self.mongodb_url,
            "REDIS_URL": self.redis_url,
            "MONGODB_DATABASE": self.database,
            "REDIS_PREFIX": f"{self.database}:",
            "LOG_LEVEL": "warning",
            "ARGON2_MEMORY_KIB": "64",  # 80 ms less for every person, of whom a run has thousands
            "PYTHONUNBUFFERED": "1",
        }
        return {**os.environ, **ours}


@dataclass(slots=True)
class Running:
    """One process, known to be ready. Killing is by pid, and only ever of what was started here."""

    process: Process | Forked
    first_line: str
    log: Path
    _reader: asyncio.Task[bytes] = field(repr=False, default=None)  # type: ignore[assignment]

    @property
    def url(self) -> str:
        return self.first_line.split()[-1]

    async def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> int:
        if self.process.returncode is None:
            self.process.terminate()
        return await asyncio.wait_for(self.process.wait(), READY_WITHIN_S)


async def start(place: Place, command: Sequence[str], ready: str, **environment: str) -> Running:
    """Start a process and wait for the line that begins with `ready`."""
    place.data_dir.mkdir(parents=True, exist_ok=True)
    log = place.data_dir / f"{command[-1].rpartition('.')[2]}-{os.urandom(3).hex()}.log"
    with log.open("wb") as errors:
        process = await _begin(command, {**place.environment, **environment}, errors)
    assert process.stdout is not None
    async with asyncio.timeout(READY_WITHIN_S):
        while line := (await process.stdout.readline()).decode():
            if line.startswith(ready):
                return Running(process, line, log)
    await process.wait()
    message = f"{command} ended with {process.returncode}: {log.read_text()[-3000:]}"
    raise AssertionError(message)


async def _begin(command: Sequence[str], environment: Mapping[str, str], errors: IO[bytes]) -> Process | Forked:
    """Our own commands are forked; whatever else `python -m` runs gets an interpreter of its own."""
    if command[:2] == ["-m", "server"]:
        return await _zygote().fork(command[2:], environment, errors)
    return await asyncio.create_subprocess_exec(
        sys.executable, *command, stdin=DEVNULL, stdout=PIPE, stderr=errors, env=environment
    )


@cache
def _zygote() -> Zygote:
    """One a worker: all its tests share one loop."""
    return Zygote()


async def serve(place: Place, **environment: str) -> Running:
    return await start(place, ["-m", "server", "serve"], "listening on ", **environment)


async def up(place: Place, **environment: str) -> Running:
    """A whole school on the engines of the place; its web processes share one socket."""
    return await start(place, ["-m", "server", "up"], "Coursewire runs at", **environment)


async def work(place: Place, **environment: str) -> Running:
    return await start(place, ["-m", "server", "worker"], "working", **environment)


async def run(place: Place, *command: str) -> str:
    """Run one of our short commands to its end."""
    code, out, errors = await outcome(place.environment, *command)
    assert code == 0, (out + errors)[-3000:]
    return out


async def outcome(environment: Mapping[str, str], *command: str) -> tuple[int, str, str]:
    """The status of one of our commands, what it said, and what it complained of."""
    with TemporaryFile() as errors:
        process = await _begin(["-m", "server", *command], environment, errors)
        assert process.stdout is not None
        async with asyncio.timeout(60):
            out = (await process.stdout.read()).decode()
            code = await process.wait()
        errors.seek(0)
        return code, out, errors.read().decode()
