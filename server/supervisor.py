"""`coursewire up`: engines, a web process and a worker as children, ended together."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack

import aiohttp
import structlog

from server.engines import Child, Engines
from server.settings import Settings

READY_WITHIN_S = 60.0
POLL_S = 0.05
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0

log = structlog.get_logger(__name__)


class NotReadyError(Exception):
    """A child did not come up; the text holds the end of its log."""


class Supervisor:
    """Starts what `up` needs, keeps it running, and stops it in the reverse order."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._logs = settings.data_dir / "logs"

    async def run(self, stopping: asyncio.Event, ready: asyncio.Event) -> None:
        """Run until `stopping`; `ready` is set when the server answers."""
        settings = self._settings
        async with AsyncExitStack() as stack:
            if settings.mongodb_url is None or settings.redis_url is None:
                engines = Engines(settings.data_dir, settings.mongod, settings.valkey)
                await engines.start()
                stack.push_async_callback(engines.stop)
                watching = asyncio.create_task(engines.watch())
                stack.callback(watching.cancel)
            await self._prepare()
            children = [self._child("serve"), self._child("worker")]
            for child in children:
                await child.start()
                stack.push_async_callback(child.stop)
            await self._until_ready(children[0])
            ready.set()
            keepers = [asyncio.create_task(self._keep(child)) for child in children]
            await stopping.wait()
            for keeper in keepers:
                keeper.cancel()

    def _child(self, command: str) -> Child:
        return Child(command, [sys.executable, "-m", "server", command], self._logs / f"{command}.log")

    async def _prepare(self) -> None:
        """Migrate, and in development fill an empty school; a process of its own does it."""
        child = self._child("migrate" if self._settings.is_production else "seed")
        await child.start()
        if await child.wait() != 0:
            raise NotReadyError(child.log_tail())

    async def _until_ready(self, web: Child) -> None:
        url = f"http://{reachable(self._settings.host)}:{self._settings.port}/readyz"
        deadline = asyncio.get_running_loop().time() + READY_WITHIN_S
        async with aiohttp.ClientSession() as session:
            while asyncio.get_running_loop().time() < deadline and web.returncode is None:
                if await _answers(session, url):
                    return
                await asyncio.sleep(POLL_S)
        raise NotReadyError(web.log_tail())

    async def _keep(self, child: Child) -> None:
        """Start a child again when it ends by itself."""
        pause = FIRST_PAUSE_S
        while True:
            began = asyncio.get_running_loop().time()
            status = await child.wait()
            log.warning("child_ended", child=child.name, status=status)
            lasted = asyncio.get_running_loop().time() - began
            pause = FIRST_PAUSE_S if lasted > LONGEST_PAUSE_S else min(pause * 2, LONGEST_PAUSE_S)
            await asyncio.sleep(pause)
            await child.start()


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url, timeout=aiohttp.ClientTimeout(total=2)) as response:
            return response.ok
    except (aiohttp.ClientError, TimeoutError):
        return False


def reachable(host: str) -> str:
    """An address under which this machine reaches what listens on `host`."""
    return "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - compared, not bound
