"""One pair of engines for several processes: use what runs, else start it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from server.engines.engine import READY_S
from server.engines.errors import EnginesBusy
from server.engines.lock import is_owned
from server.engines.mongod import MONGOD_SOCKET, mongod_answers, mongod_url
from server.engines.pair import Engines, EngineUrls
from server.engines.sockets import socket_path
from server.engines.valkey import VALKEY_SOCKET, valkey_answers, valkey_url

POLL_S: Final = 0.1


async def running_engines(data_dir: Path) -> EngineUrls | None:
    """Return the URLs of engines that a living process owns there, if both answer within 2 s."""
    mongod = socket_path(data_dir, MONGOD_SOCKET)
    valkey = socket_path(data_dir, VALKEY_SOCKET)
    answers = await asyncio.gather(mongod_answers(mongod), valkey_answers(valkey))
    if not all(answers) or not is_owned(data_dir):
        return None
    return EngineUrls(mongodb_url=mongod_url(mongod), redis_url=valkey_url(valkey))


@asynccontextmanager
async def borrowed_engines(
    data_dir: Path,
    mongod: str | None = None,
    valkey: str | None = None,
) -> AsyncIterator[EngineUrls]:
    """Yield the engines of another process, which end when it wishes, or else our own.

    Raises:
        EnginesBusy: an owner's engines did not become ready within 30 s.
        EngineFailed, EngineMissing: as `Engines`.
    """
    urls, own = await _borrow_or_start(data_dir, mongod, valkey)
    try:
        yield urls
    finally:
        if own is not None:
            await own.stop()


async def _borrow_or_start(
    data_dir: Path,
    mongod: str | None,
    valkey: str | None,
) -> tuple[EngineUrls, Engines | None]:
    """Wait for an owner that is still starting, or already stopping, rather than fail."""
    now = asyncio.get_running_loop().time
    deadline = now() + READY_S
    while (urls := await running_engines(data_dir)) is None:
        own = Engines(data_dir, mongod, valkey)
        try:
            return await own.start(), own
        except EnginesBusy:
            if now() > deadline:
                raise
        await asyncio.sleep(POLL_S)
    return urls, None
