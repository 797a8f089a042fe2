"""A stretch of network between two programs, with the faults that a network has.

Bytes pass through this process, so that every fault begins and ends at a known moment, on any machine.
"""

from __future__ import annotations

import asyncio
import math
import socket
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import urlsplit

CHUNK = 32 * 1024
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER: closing sends RST, and throws away what was not sent."""

Filter = Callable[[bytes], bytes]


class Way(Enum):
    """To the server, or back from it."""

    THERE = auto()
    BACK = auto()


@dataclass(frozen=True, slots=True)
class Fault:
    """What befalls bytes under way. Held bytes are neither lost nor refused: they go on when the fault is over."""

    delay_s: float = 0.0
    bytes_per_s: float = math.inf
    holds: frozenset[Way] = frozenset()


WHOLE = Fault()
BLACKHOLE = Fault(holds=frozenset(Way))
STALL = Fault(holds=frozenset({Way.BACK}))
"""One way only: what the client says arrives, and nothing comes back."""


class Link:
    """One connection through the proxy."""

    def __init__(self, near: StreamWriter, far: StreamWriter) -> None:
        self.near = near
        self.far = far
        self.answer_is_lost = False

    def reset(self) -> None:
        for writer in (self.near, self.far):
            with suppress(OSError):
                plain = writer.get_extra_info("socket")
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            writer.transport.abort()


class Proxy:
    """Listens on a port of its own and passes on to `target`: a host and a port, or the path of a unix socket.

    `cut_after` says how many bytes a new connection gets back before it is reset. `new_filter` makes, for each
    new connection, what changes the bytes that come back. `window` is the receive buffer towards the target:
    a small one lets a throttled reader be felt there.
    """

    def __init__(self, target: str | tuple[str, int], window: int | None = None) -> None:
        self.target = target
        self.port = 0
        self.accepted = 0
        self.answers_lost = 0
        self.cut_after: Callable[[], float] = lambda: math.inf
        self.new_filter: Callable[[], Filter] = lambda: lambda data: data
        self._window = window
        self._fault = WHOLE
        self._changed = asyncio.Event()
        self._links: set[Link] = set()
        self._is_cut = False
        self._lost: bytes | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def redis_url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def suffer(self, fault: Fault) -> None:
        """From here on, for open connections and new ones alike."""
        self._fault = fault
        self._changed.set()
        self._changed = asyncio.Event()

    def reset(self) -> None:
        """Reset every open connection; new ones are welcome."""
        for link in tuple(self._links):
            link.reset()

    def cut(self) -> None:
        """Reset every open connection, and new ones as they come."""
        self._is_cut = True
        self.reset()

    def mend(self) -> None:
        self._is_cut = False
        self.suffer(WHOLE)

    def lose_answer_to(self, pattern: bytes) -> None:
        """Pass on the next request with this in it, then reset its connection where the answer should be."""
        self._lost = pattern

    async def carry(self, reader: StreamReader, near: StreamWriter) -> None:
        """Serve one connection to its end."""
        self.accepted += 1
        try:
            await self._wait_for(Way.THERE, 0)
            back, far = await self._dial()
        except OSError:
            Link(near, near).reset()
            return
        link = Link(near, far)
        if self._is_cut:
            link.reset()
            return
        self._links.add(link)
        try:
            await asyncio.gather(self._there(link, reader), self._back(link, back))
        finally:
            self._links.discard(link)

    async def _dial(self) -> tuple[StreamReader, StreamWriter]:
        family = socket.AF_UNIX if isinstance(self.target, str) else socket.AF_INET
        plain = socket.socket(family, socket.SOCK_STREAM)
        plain.setblocking(False)
        if self._window is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._window)
        try:
            await asyncio.get_running_loop().sock_connect(plain, self.target)
        except OSError:
            plain.close()
            raise
        return await asyncio.open_connection(sock=plain, limit=self._window or CHUNK)

    async def _there(self, link: Link, source: StreamReader) -> None:
        with suppress(ConnectionError):
            while data := await source.read(CHUNK):
                await self._wait_for(Way.THERE, len(data))
                if self._lost is not None and self._lost in data:
                    self._lost, link.answer_is_lost = None, True
                link.far.write(data)
                await link.far.drain()
            link.far.close()
            return
        link.reset()

    async def _back(self, link: Link, source: StreamReader) -> None:
        left, changed = self.cut_after(), self.new_filter()
        with suppress(ConnectionError):
            while data := await source.read(CHUNK):
                await self._wait_for(Way.BACK, len(data))
                if link.answer_is_lost:
                    self.answers_lost += 1
                    link.reset()
                    return
                link.near.write(changed(data[: int(min(left, len(data)))]))
                await link.near.drain()
                left -= len(data)
                if left <= 0:
                    link.near.close()  # what was written so far arrives, mid-frame as it may be
                    link.far.transport.abort()
                    return
            link.near.close()
            return
        link.reset()

    async def _wait_for(self, way: Way, size: int) -> None:
        """Spend what the network costs these bytes."""
        while way in self._fault.holds:
            await self._changed.wait()
        if pause := self._fault.delay_s + size / self._fault.bytes_per_s:
            await asyncio.sleep(pause)


@asynccontextmanager
async def proxy_to(target: str | tuple[str, int], window: int | None = None) -> AsyncIterator[Proxy]:
    """Open a proxy until the block ends."""
    proxy = Proxy(target, window)
    server = await asyncio.start_server(proxy.carry, "127.0.0.1", 0, limit=window or CHUNK)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.mend()
        proxy.cut()
        await server.wait_closed()


def address_of(url: str) -> tuple[str, int]:
    """Where `http://127.0.0.1:8000` is."""
    host, _, port = url.removeprefix("http://").partition(":")
    return host, int(port)


def socket_of(url: str) -> str:
    """The path of `unix:///run/valkey.sock`."""
    return urlsplit(url).path
