"""A connection to Redis on which much is said and heard at once.

redis-py finds the server, chooses TLS, signs in and closes. In between we write and read in bulk: a reply
through the library costs 20 µs and a command 10, here everything that a socket read brought is parsed in one
go, 3 µs a message.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

import redis.asyncio as redis
from redis.exceptions import ConnectionError as LineLost
from redis.exceptions import InvalidResponse, ResponseError

TIMEOUT_S: Final = 1.5
"""For connecting, signing in, and for each answer; an outage must be noticed, and its end, within 3 s."""

READ_BYTES: Final = 64 * 1024

Reply: TypeAlias = "bytes | int | list[Reply] | None"


class Line:
    """Write commands with `write`, made by `command`; every answer and message comes out of `read`, in order."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._pending = b""

    def write(self, commands: bytes) -> None:
        """Send without waiting; what the other side does not take is kept until the connection is given up.

        On a connection that has ended it does nothing, as the loop of the standard library does and uvloop does not:
        whoever reads is told.
        """
        if not self._writer.transport.is_closing():
            self._writer.write(commands)

    def abort(self) -> None:
        """End the connection now; whoever reads is told."""
        self._writer.transport.abort()

    async def read(self, within_s: float | None = TIMEOUT_S) -> list[Reply]:
        """At least one reply, and all that came with it.

        Raises `TimeoutError`, `RedisError` when the connection is lost, and `ResponseError` for a refusal.
        """
        replies: list[Reply] = []
        async with asyncio.timeout(within_s):
            while not replies:
                data = await self._reader.read(READ_BYTES)
                if not data:
                    message = "closed by the other side"
                    raise LineLost(message)
                replies, self._pending = parse(self._pending + data if self._pending else data)
        return replies


@asynccontextmanager
async def open_line(url: str) -> AsyncIterator[Line]:
    """Connect and sign in as the URL says; raises `RedisError`, `OSError` or `TimeoutError`."""
    client = redis.Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=None)
    try:
        connection = await client.connection_pool.get_connection()  # type: ignore[no-untyped-call]
        # Attributes of redis-py 8, which `test_redis_line.py` pins; its own reading goes reply by reply.
        line = Line(connection._reader, connection._writer)  # noqa: SLF001
        try:
            yield line
        finally:
            line.abort()  # or closing would wait for a dead peer to take what is unsent
    finally:
        await client.connection_pool.disconnect()
        await client.aclose()


def command(*parts: bytes) -> bytes:
    """A command as Redis reads it: how many parts, and each with its length (RESP)."""
    return b"*%d\r\n%b" % (len(parts), b"".join([b"$%d\r\n%b\r\n" % (len(part), part) for part in parts]))


def commands(name: bytes, parts: Iterable[bytes], page: int) -> bytes:
    """The same command for many parts, so many at once that none of them keeps Redis busy for long."""
    all_parts = list(parts)
    return b"".join(command(name, *all_parts[at : at + page]) for at in range(0, len(all_parts), page))


def parse(data: bytes) -> tuple[list[Reply], bytes]:
    """Take apart what has arrived whole; the rest is returned to be joined with what comes next."""
    replies: list[Reply] = []
    at = 0
    try:
        while at < len(data):
            reply, at = _parse_one(data, at)
            replies.append(reply)
    except _IncompleteError:
        return replies, data[at:]
    return replies, b""


class _IncompleteError(Exception):
    """The rest has not arrived yet."""


def _parse_one(data: bytes, at: int) -> tuple[Reply, int]:
    """One reply and where the next one begins: RESP 2, and the push and null of RESP 3."""
    end = data.find(b"\r\n", at)
    if end < 0:
        raise _IncompleteError
    kind, line, after = data[at], data[at + 1 : end], end + 2
    if kind == ord("$"):
        return _parse_text(data, after, int(line))
    if kind in b"*>":
        parts: list[Reply] = []
        for _ in range(int(line)):
            part, after = _parse_one(data, after)
            parts.append(part)
        return parts, after
    if kind == ord(":"):
        return int(line), after
    if kind in b"+_":
        return line or None, after
    if kind == ord("-"):
        raise ResponseError(line.decode(errors="replace"))
    message = f"no reply of Redis: {data[at : at + 20]!r}"
    raise InvalidResponse(message)


def _parse_text(data: bytes, start: int, size: int) -> tuple[Reply, int]:
    if size < 0:
        return None, start
    if len(data) < start + size + 2:
        raise _IncompleteError
    return data[start : start + size], start + size + 2
