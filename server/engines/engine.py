"""What both engines share: started means ready, stopped means gone."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import ClassVar, Final

from server.engines.child import Child
from server.engines.errors import EngineFailed
from server.engines.sockets import make_private, socket_path

READY_S: Final = 30.0
POLL_S: Final = 0.02


class Engine(ABC):
    """A server on a unix socket, with its data and log under one data directory."""

    name: ClassVar[str]
    socket_name: ClassVar[str]

    def __init__(self, data_dir: Path, binary: Path) -> None:
        self.data_dir = data_dir.resolve()
        self.home = self.data_dir / self.name
        self.binary = binary
        self.socket = socket_path(self.data_dir, self.socket_name)
        self._child: Child | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """A complete URL; the same after every start on the same data directory."""

    @abstractmethod
    def command(self) -> Sequence[str]:
        """Return the program and its arguments."""

    @abstractmethod
    async def lacking(self) -> str | None:
        """Help it to become ready; return what is still amiss, None when ready."""

    @property
    def pid(self) -> int | None:
        """The keeper's process id; None before the first start."""
        return self._child.pid if self._child else None

    async def start(self, *, pass_fds: Sequence[int] = ()) -> None:
        """Start and wait until clients may use `url`.

        Raises:
            EngineFailed: it ended early, or was not ready in 30 s and has been stopped.
        """
        make_private(self.socket.parent)
        self.home.mkdir(parents=True, exist_ok=True)
        log_path = self.data_dir / "logs" / f"{self.name}.log"
        child = Child(self.name, self.command(), log_path, cwd=self.home, pass_fds=pass_fds)
        async with AsyncExitStack() as undo:
            undo.push_async_callback(child.stop)
            await child.start()
            await self._until_ready(child)
            undo.pop_all()
        self._child = child

    async def stop(self) -> None:
        """End it cleanly within 15 s, else by SIGKILL; harmless when it is not running."""
        if self._child is not None:
            await self._child.stop()

    async def wait(self) -> int:
        """Return the status of the latest successful start once that process has ended."""
        if self._child is None:
            raise RuntimeError(f"{self.name} was never started")
        return await self._child.wait()

    async def _until_ready(self, child: Child) -> None:
        lacking: str | None = "nothing answers"
        try:
            async with asyncio.timeout(READY_S):
                while lacking is not None:
                    await asyncio.sleep(POLL_S)
                    lacking = await self.lacking()
                    if child.returncode is not None:
                        reason = f"ended early with status {child.returncode}"
                        raise EngineFailed(self.name, reason, child.log_tail())
        except TimeoutError:
            reason = f"was not ready within {READY_S:.0f} s ({lacking})"
            raise EngineFailed(self.name, reason, child.log_tail()) from None
