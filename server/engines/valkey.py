"""Valkey, or Redis: fan-out and cache only, so nothing of it is kept on disk."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from server.engines.engine import Engine
from server.engines.sockets import is_listening

ANSWER_S: Final = 2.0
VALKEY_SOCKET: Final = "valkey.sock"


class Valkey(Engine):
    """One valkey-server without a TCP port and without persistence."""

    name: ClassVar[str] = "valkey"
    socket_name: ClassVar[str] = VALKEY_SOCKET

    @property
    def url(self) -> str:
        return valkey_url(self.socket)

    def command(self) -> Sequence[str]:
        return (
            str(self.binary),
            *("--port", "0"),
            *("--unixsocket", str(self.socket)),
            *("--unixsocketperm", "700"),
            *("--save", ""),
            *("--appendonly", "no"),
            *("--dir", str(self.home)),
        )

    async def lacking(self) -> str | None:
        return None if await valkey_answers(self.socket) else "it does not answer PING"


def valkey_url(socket: Path) -> str:
    return f"unix://{socket}"


async def valkey_answers(socket: Path) -> bool:
    """Tell within about 2 s whether PING is answered there."""
    if not is_listening(socket):
        return False
    try:
        async with Redis(
            unix_socket_path=str(socket),
            socket_timeout=ANSWER_S,
            retry=Retry(NoBackoff(), 0),
        ) as client:
            return bool(await client.ping())
    except RedisError:
        return False
