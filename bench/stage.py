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
from typing import IO, TypeAlias

from bench.school import School
from server.settings import AppEnv

HERE = Path(__file__).parent
BUILD = HERE / "build"
PEERS = HERE / "peers"
PEER_PYTHON = HERE.parent / ".venv-bench" / "bin" / "python"
READY_WITHIN_S = 60.0

Row: TypeAlias = dict[str, float | str]
"""What one run measured, as the load generator names it."""

_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, OTHER_CORE = _CORES[0], _CORES[-1]


class NotPlayableError(Exception):
    """Something that a scenario needs is missing or failed; the text says what."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server to measure. `uses` names what of the school its environment gets."""

    title: str
    command: Sequence[str]
    uses: Sequence[str] = ()

    @property
    def is_ours(self) -> bool:
        return "bench.server" in self.command


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
        subprocess.run(["cc", "-O2", "-o", unfinished, source], check=True)  # noqa: S603, S607
        unfinished.rename(target)
    return target


def _pinned(core: int, command: Sequence[str | Path]) -> list[str]:
    return ["taskset", "-c", str(core), *map(str, command)]


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Stage:
    """Starts servers and loads them; whatever was started is ended at the end of its block."""

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
            if process.returncode is None:
                process.terminate()
            try:
                async with asyncio.timeout(15):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()

    async def _start(self, contestant: Contestant, port: int, core: int, log: IO[bytes]) -> Process:
        command = [built(PEERS / part) if part.endswith(".c") else part for part in contestant.command]
        process = await asyncio.create_subprocess_exec(
            *_pinned(core, command), stdout=PIPE, stderr=log, cwd=HERE.parent, env=self._environment(contestant, port)
        )
        if process.stdout is None:
            raise NotPlayableError(contestant.title)
        async with asyncio.timeout(READY_WITHIN_S):
            while line := await process.stdout.readline():
                if line.startswith(b"listening on "):
                    return process
        message = f"{contestant.title} did not start; see {log.name}"
        raise NotPlayableError(message)

    def _environment(self, contestant: Contestant, port: int) -> Mapping[str, str]:
        school = self.school
        if contestant.is_ours:
            return {**school.environment, "PORT": str(port)}
        known = {
            "REDIS_SOCKET": school.valkey_socket,
            "REDIS_URL": school.urls.redis_url,
            "MONGODB_URL": school.urls.mongodb_url,
            "TOKEN_KEY": str(school.token_key),
        }
        return {
            **os.environ,
            "PORT": str(port),
            "NODE_ENV": AppEnv.PRODUCTION,
            **{n: known[n] for n in contestant.uses},
        }

    async def load(
        self, servers: Sequence[Server], mode: str, *, says: bool = True, joins: bool = True, **options: float | str
    ) -> Row:
        """Load the first server; CPU and memory are those of all. Options are those of the load generator."""
        generator = await self.generator(servers, mode, says=says, joins=joins, **options)
        return await self.result(generator)

    async def generator(
        self, servers: Sequence[Server], mode: str, *, says: bool = True, joins: bool = True, **options: float | str
    ) -> Process:
        """Start a load generator."""
        first = servers[0]
        told = {"mode": mode, "port": first.port, "pids": first.pid, **options}
        if first.contestant.is_ours or "TOKEN_KEY" in first.contestant.uses:
            told["tokens"] = str(self.school.tokens)
        if joins:
            told["join"] = self._join(first.contestant)
        if says:
            told["payload"] = str(self._payload(first.contestant, is_posted="post" in told))
        if first.contestant.is_ours and joins:
            told["stream"] = self.school.stream
        arguments = [f"--{name.replace('_', '-')}={value}" for name, value in told.items()]
        command = _pinned(OTHER_CORE, [built(HERE / "load" / "load.c"), *arguments])
        if first.contestant.is_ours and says:
            command.append("--sequence")
        return await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)

    async def result(self, generator: Process) -> Row:
        """Wait for a load generator's line."""
        said, complained = await generator.communicate()
        if generator.returncode != 0:
            raise NotPlayableError(complained.decode()[-1000:])
        row: Row = json.loads(said)
        if problems := complained.replace(b"connected\n", b"").decode():
            print(problems, file=sys.stderr)
        return row

    def _join(self, contestant: Contestant) -> str:
        watch = ["course.watch", {"courseId": self.school.course_id}] if contestant.is_ours else ["join", "course"]
        return json.dumps(watch)

    def _payload(self, contestant: Contestant, *, is_posted: bool) -> Path:
        """The file of what publishers say; a peer's REST call is given the same body as ours."""
        text = self.school.said() if contestant.is_ours or is_posted else self.school.shown()
        path = self.school.folder / f"payload-{'said' if contestant.is_ours or is_posted else 'shown'}"
        path.write_text(text, encoding="utf-8")
        return path
