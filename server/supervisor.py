"""`coursewire up`: engines, web processes on one socket and a worker as children, ended together.

The socket is bound once, here, and every web process inherits it. So a connection that arrives while one of them dies
or starts again waits in the kernel for the next that accepts. (With a socket of its own for each, SO_REUSEPORT, the
kernel resets what waits at a process that ends.)
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path

import structlog

from server.engines import Child, Engines
from server.metrics import ProcessFigures, SharedFolder
from server.settings import Settings, handed_down

READY_WITHIN_S = 60.0
STOPPED_WITHIN_S = 32.0
"""A little longer than a web process takes to drain."""

POLL_S = 0.05
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0

log = structlog.get_logger(__name__)


class NotReadyError(Exception):
    """A child did not come up; the text holds the end of its log."""


class Supervisor:
    """Starts what `up` needs, keeps it running, and stops it in the reverse order."""

    def __init__(self, settings: Settings, sock: socket.socket) -> None:
        self._settings = settings
        self._logs = settings.data_dir / "logs"
        self._sock = sock
        self._port = sock.getsockname()[1]
        self._folder = SharedFolder((settings.data_dir / "run" / str(self._port)).resolve(), "up")
        self._children: list[Child] = []
        self._restarting: set[str] = set()
        self._restart: asyncio.Task[None] | None = None

    async def run(self, stopping: asyncio.Event, ready: asyncio.Event) -> None:
        """Run until `stopping`; `ready` is set when every process serves."""
        settings = self._settings
        async with AsyncExitStack() as stack:
            if settings.mongodb_url is None or settings.redis_url is None:
                engines = Engines(settings.data_dir, settings.mongod, settings.valkey)
                await engines.start()
                stack.push_async_callback(engines.stop)
                watching = asyncio.create_task(engines.watch())
                stack.callback(watching.cancel)
            await self._prepare()
            self._begin_counting()
            self._children = [self._child("serve", f"web-{number}") for number in range(1, settings.processes + 1)]
            self._children += [self._child("worker", f"worker-{number}") for number in range(1, settings.workers + 1)]
            stack.push_async_callback(_stop_all, self._children)
            for child in self._children:
                await self._start(child)
            for child in self._children:
                await self._until_ready(child)
            ready.set()
            for child in self._children:
                keeper = asyncio.create_task(self._keep(child))
                stack.callback(keeper.cancel)
            await stopping.wait()
            if self._restart is not None:
                self._restart.cancel()

    def restart_all(self) -> None:
        """Begin every process anew, each when the one before serves again."""
        if self._restart is None or self._restart.done():
            self._restart = asyncio.create_task(self._restart_one_by_one())

    async def _restart_one_by_one(self) -> None:
        for child in self._children:
            self._restarting.add(child.name)
            self._pid_file(child).unlink(missing_ok=True)
            child.interrupt()
            while not self._pid_file(child).exists():
                await asyncio.sleep(POLL_S)

    def _child(self, command: str, name: str) -> Child:
        descriptor = self._sock.fileno()
        environment = handed_down(
            PROCESS_PLACE=str(self._folder.path / name), LISTEN_FD=str(descriptor), PORT=str(self._port)
        )
        log_path, handed_on = self._logs / f"{name}.log", [descriptor] if command == "serve" else []
        return Child(name, [sys.executable, "-m", "server", command], log_path, environment, handed_on=handed_on)

    async def _prepare(self) -> None:
        """Migrate, and in development fill an empty school; a process of its own does it."""
        command = "migrate" if self._settings.is_production else "seed"
        child = Child(command, [sys.executable, "-m", "server", command], self._logs / f"{command}.log")
        await child.start()
        if await child.wait() != 0:
            raise NotReadyError(child.log_tail())

    def _begin_counting(self) -> None:
        folder = self._folder.path
        folder.mkdir(parents=True, exist_ok=True)
        for left in (*folder.glob("*.db"), *folder.glob("*.pid")):
            left.unlink()
        self._folder.join()
        self._figures = ProcessFigures()

    async def _start(self, child: Child) -> None:
        self._folder.leave(child.name)
        self._pid_file(child).unlink(missing_ok=True)
        await child.start()
        self._figures.runs(child.name)

    def _pid_file(self, child: Child) -> Path:
        return self._folder.path / f"{child.name}.pid"

    async def _until_ready(self, child: Child) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(READY_WITHIN_S):
                while child.returncode is None:
                    if self._pid_file(child).exists():
                        return
                    await asyncio.sleep(POLL_S)
        raise NotReadyError(child.log_tail())

    async def _keep(self, child: Child) -> None:
        """Start a child again when it ends by itself, or at once when it was told to."""
        pause = FIRST_PAUSE_S
        while True:
            began = asyncio.get_running_loop().time()
            status = await child.wait()
            was_told = child.name in self._restarting
            self._restarting.discard(child.name)
            self._figures.ended(child.name, unexpected=not was_told)
            self._folder.leave(child.name)
            if not was_told:
                log.warning("child_ended", child=child.name, status=status)
                lasted = asyncio.get_running_loop().time() - began
                pause = FIRST_PAUSE_S if lasted > LONGEST_PAUSE_S else min(pause * 2, LONGEST_PAUSE_S)
                await asyncio.sleep(pause)
            await self._start(child)


async def _stop_all(children: list[Child]) -> None:
    """All at once: one after another they would send the same clients away again and again, for a minute."""
    await asyncio.gather(*(child.stop(STOPPED_WITHIN_S) for child in children))


@contextmanager
def announced(place: Path | None) -> Iterator[None]:
    """Leave a file with the pid for `up` to see, while this process does what it is for."""
    if place is None:
        yield
        return
    file = place.with_suffix(".pid")
    file.write_text(f"{os.getpid()}\n", encoding="utf-8")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def reachable(host: str) -> str:
    """An address under which this machine reaches what listens on `host`."""
    return "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - compared, not bound
