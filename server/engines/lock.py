"""One owner of a data directory's engines at a time."""

import asyncio
import fcntl
import os
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from server.engines.errors import EnginesBusy

OWNER_S: Final = 0.5  # long enough for a passing `is_owned`
ENDING_S: Final = 20.0  # longer than a keeper's grace
POLL_S: Final = 0.05


class OwnerLock:
    """Two flocks in the data directory: `engines.lock` names the owner, `keepers.lock` outlives it.

    The keepers inherit the second. So a killed owner loses the first at once, while a new owner
    waits for the last engine of the old one to end instead of starting beside it.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._held = ExitStack()
        self.fds: tuple[int, ...] = ()

    async def acquire(self) -> None:
        """Take both, and offer as `fds` what the keepers have to hold.

        Raises:
            EnginesBusy: after 0.5 s of waiting for an owner, or 20 s for engines without one.
        """
        self._data_dir.mkdir(parents=True, exist_ok=True)
        with ExitStack() as undo:
            owner = self._open(_owner_file(self._data_dir), undo)
            await self._take(owner, OWNER_S, owner=owner)
            keepers = self._open(self._data_dir / "keepers.lock", undo)
            await self._take(keepers, ENDING_S, owner=owner)
            os.ftruncate(owner, 0)
            os.pwrite(owner, f"{os.getpid()}\n".encode(), 0)
            self._held, self.fds = undo.pop_all(), (keepers,)

    def release(self) -> None:
        self.fds = ()
        self._held.close()

    @staticmethod
    def _open(file: Path, undo: ExitStack) -> int:
        fd = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        undo.callback(os.close, fd)
        undo.callback(fcntl.flock, fd, fcntl.LOCK_UN)
        return fd

    async def _take(self, fd: int, patience_s: float, *, owner: int) -> None:
        now = asyncio.get_running_loop().time
        deadline = now() + patience_s
        while not _try_lock(fd, fcntl.LOCK_EX):
            if now() > deadline:
                pid = int(os.pread(owner, 32, 0).strip() or 0)
                raise EnginesBusy(self._data_dir, pid)
            await asyncio.sleep(POLL_S)


def is_owned(data_dir: Path) -> bool:
    """Tell whether a living process owns the engines there, this one included."""
    with suppress(FileNotFoundError), _owner_file(data_dir).open("rb") as file:
        return not _try_lock(file.fileno(), fcntl.LOCK_SH)
    return False


def _owner_file(data_dir: Path) -> Path:
    return data_dir / "engines.lock"


def _try_lock(fd: int, kind: int) -> bool:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
