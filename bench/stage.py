"""Where a scenario is played: servers on one core, everything else on the other."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, TypeAlias

from bench.contestants import ROOT, Contestant
from bench.school import School

HERE: Final = ROOT / "bench"
BUILD: Final = HERE / "build"
READY_WITHIN_S, END_WITHIN_S = 60.0, 15.0

_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, OTHER_CORE = _CORES[0], _CORES[-1]

Row: TypeAlias = dict[str, float]
"""What one run measured, by the names of the load generator."""

Options: TypeAlias = Mapping[str, float | str]
"""Options of the load generator, with `_` for `-`."""


class NotPlayableError(Exception):
    """Something that a scenario needs is missing or failed; the text says what."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running contestant."""

    process: Process
    port: int
    contestant: Contestant

    @property
    def pid(self) -> int:
        return self.process.pid


def built(source: Path) -> Path:
    """Compile one C file, unless that is done already."""
    BUILD.mkdir(exist_ok=True)
    target = BUILD / source.stem
    newest = max(path.stat().st_mtime for path in source.parent.glob("*.[ch]"))
    if not target.exists() or target.stat().st_mtime < newest:
        unfinished = target.with_suffix(f".{os.getpid()}")
        subprocess.run(["cc", "-O2", "-o", unfinished, source], check=True)  # noqa: S603, S607 - our own files
        unfinished.rename(target)
    return target


def _pinned(core: int, command: Sequence[str]) -> list[str]:
    program = str(built(ROOT / command[0])) if command[0].endswith(".c") else command[0]
    return ["taskset", "-c", str(core), program, *command[1:]]


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Stage:
    """Starts servers and loads them; what was started ends with its block."""

    def __init__(self, school: School) -> None:
        self.school = school

    @asynccontextmanager
    async def server(self, contestant: Contestant, core: int = SERVER_CORE) -> AsyncIterator[Server]:
        """Run a contestant until the end of the block."""
        port = _free_port()
        with (self.school.folder / "server.log").open("ab") as log:
            process = await self._start(contestant, port, core, log)
        try:
            yield Server(process, port, contestant)
        finally:
            await _end(process)

    async def _start(self, contestant: Contestant, port: int, core: int, log: IO[bytes]) -> Process:
        environment = {**self.environment(contestant), "PORT": str(port)}
        process = await asyncio.create_subprocess_exec(
            *_pinned(core, contestant.command), stdout=PIPE, stderr=log, cwd=ROOT, env=environment
        )
        if process.stdout is not None:
            async with asyncio.timeout(READY_WITHIN_S):
                while line := await process.stdout.readline():
                    if line.startswith(b"listening on "):
                        return process
        await _end(process)
        message = f"{contestant.title} did not start: {Path(log.name).read_text(encoding='utf-8')[-2000:]}"
        raise NotPlayableError(message)

    def environment(self, contestant: Contestant) -> Mapping[str, str]:
        """What a contestant is told of the school."""
        school = self.school
        if contestant.is_ours:
            return school.environment
        known = {
            "REDIS_SOCKET": school.valkey_socket,
            "REDIS_URL": school.urls.redis_url,
            "MONGODB_URL": school.urls.mongodb_url,
            "TOKEN_KEY": str(school.token_key),
        }
        return {**os.environ, "NODE_ENV": "production", **{name: known[name] for name in contestant.uses}}

    async def load(self, server: Server, options: Options, *, joins: bool = True, says: bool = True) -> Row:
        """Load a server to the end."""
        async with self.crowd(server, options, joins=joins, says=says) as crowd:
            return await self.result(crowd)

    @asynccontextmanager
    async def crowd(
        self, server: Server, options: Options, *, joins: bool = True, says: bool = True
    ) -> AsyncIterator[Process]:
        """Run a load generator; its clients follow the course if they `join`, and one publishes if it `says`."""
        ours, told = server.contestant.is_ours, {"port": server.port, "pids": server.pid, **options}
        if server.contestant.verifies_tokens:
            told["tokens"] = str(self.school.tokens)
        if joins:
            told["join"] = self._join(ours=ours)
        if says:
            told["payload"] = self._payload(is_body=ours or "post" in told)
        if ours:
            told |= {"stream": self.school.stream, "bearer": self.school.bearer}
        flags = ["--sequence"] if ours and says else []
        arguments = [f"--{name.replace('_', '-')}={value}" for name, value in told.items()]
        command = _pinned(OTHER_CORE, ["bench/load/load.c", *arguments, *flags])
        process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
        try:
            yield process
        finally:
            await _end(process)

    async def connected(self, crowd: Process) -> None:
        """Wait until every client of a load generator is connected."""
        while crowd.stderr is not None and (line := await crowd.stderr.readline()):
            if line == b"connected\n":
                return
            print(line.decode(), end="", file=sys.stderr)

    async def result(self, crowd: Process) -> Row:
        """Wait for a load generator's line."""
        said, complained = await crowd.communicate()
        problems = complained.replace(b"connected\n", b"").decode()
        if crowd.returncode != 0:
            raise NotPlayableError(problems[-2000:])
        if problems:
            print(problems, file=sys.stderr)
        return {name: value for name, value in json.loads(said).items() if isinstance(value, int | float)}

    def _join(self, *, ours: bool) -> str:
        return json.dumps(["course.watch", {"courseId": self.school.course_id}] if ours else ["join", "course"])

    def _payload(self, *, is_body: bool) -> str:
        """The file of what is published: the body of the call, or for peers the event that all recipients get."""
        path = self.school.folder / ("body.json" if is_body else "event.json")
        path.write_text(self.school.body() if is_body else self.school.event(), encoding="utf-8")
        return str(path)


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(END_WITHIN_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
