"""Both engines as one thing: started together, owned by one process, kept alive."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from server.engines.engine import Engine
from server.engines.errors import EngineError
from server.engines.locate import find_mongod, find_valkey
from server.engines.lock import OwnerLock
from server.engines.mongod import Mongod
from server.engines.valkey import Valkey

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 10.0

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class EngineUrls:
    """Where clients connect; complete URLs of unix sockets."""

    mongodb_url: str
    redis_url: str


class Engines:
    """mongod and Valkey on one data directory, for the one process that owns it.

    Args:
        data_dir: is created when absent.
        mongod: the MONGOD setting, None to look for a binary.
        valkey: the VALKEY setting, None to look for a binary.
    Raises:
        EngineMissing: a binary cannot be found.
    """

    def __init__(
        self,
        data_dir: Path,
        mongod: str | None = None,
        valkey: str | None = None,
    ) -> None:
        self.mongod = Mongod(data_dir, find_mongod(mongod))
        self.valkey = Valkey(data_dir, find_valkey(valkey))
        self._lock = OwnerLock(self.mongod.data_dir)
        self._watchers: Sequence[asyncio.Task[None]] = ()

    async def start(self) -> EngineUrls:
        """Start both; when one fails, stop the other.

        Raises:
            EnginesBusy: another process, or another `Engines` here, owns the data directory.
            EngineFailed: an engine ended early or was not ready in time.
        """
        async with AsyncExitStack() as undo:
            await self._lock.acquire()
            undo.push_async_callback(self.stop)
            try:
                async with asyncio.TaskGroup() as group:
                    for engine in (self.mongod, self.valkey):
                        group.create_task(engine.start(pass_fds=self._lock.fds))
            except ExceptionGroup as failures:
                raise failures.exceptions[0] from None
            undo.pop_all()
        return EngineUrls(mongodb_url=self.mongod.url, redis_url=self.valkey.url)

    async def stop(self) -> None:
        """End `watch`, both engines and the ownership; harmless when nothing runs."""
        for watcher in self._watchers:
            watcher.cancel()
        if self._watchers:
            await asyncio.wait(self._watchers)
        try:
            await asyncio.gather(self.mongod.stop(), self.valkey.stop())
            with suppress(OSError):
                self.mongod.socket.parent.rmdir()
        finally:
            self._lock.release()

    async def watch(self) -> None:
        """Start again what ends by itself; return after `stop`.

        The pause before a new start doubles from 0.5 s to 10 s, and begins anew for an engine
        that has run for longer than 10 s. The URLs stay the same.
        """
        async with asyncio.TaskGroup() as group:
            self._watchers = [group.create_task(self._keep_alive(engine)) for engine in (self.mongod, self.valkey)]

    async def _keep_alive(self, engine: Engine) -> None:
        now, pause_s = asyncio.get_running_loop().time, FIRST_PAUSE_S
        while True:
            started_at = now()
            status = await engine.wait()
            if now() - started_at > LONGEST_PAUSE_S:
                pause_s = FIRST_PAUSE_S
            log.warning("engine.ended", engine=engine.name, status=status, pause_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            try:
                await engine.start(pass_fds=self._lock.fds)
            except (EngineError, OSError) as failure:
                log.warning("engine.not_restarted", engine=engine.name, reason=str(failure))
            else:
                log.info("engine.restarted", engine=engine.name)
