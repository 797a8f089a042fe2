"""A stretch of network between a client and a server that can be cut, stopped in either direction, and mended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class Relay:
    """Passes bytes on while it is whole.

    While it is cut, connections end as soon as they begin. While a direction is stopped, connections stay
    open and say nothing, as with a cable pulled out; what was sent meanwhile arrives when it is mended.
    """

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target)
        self._open: set[asyncio.StreamWriter] = set()
        self._is_cut = False
        self._flows = {"there": asyncio.Event(), "back": asyncio.Event()}
        self.url = ""
        self.mend()

    def cut(self) -> None:
        self._is_cut = True
        for writer in tuple(self._open):
            writer.transport.abort()

    def stop(self, *directions: str) -> None:
        """`there` is from the client to the server, `back` the other way."""
        for direction in directions:
            self._flows[direction].clear()

    def mend(self) -> None:
        self._is_cut = False
        for flow in self._flows.values():
            flow.set()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        there, back = await self._connect()
        self._open |= {writer, back}
        await asyncio.gather(
            self._pass(reader, back, self._flows["there"]), self._pass(there, writer, self._flows["back"])
        )
        self._open -= {writer, back}

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._target.scheme == "unix":
            return await asyncio.open_unix_connection(self._target.path)
        return await asyncio.open_connection(self._target.hostname, self._target.port)

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, flow: asyncio.Event) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65_536):
                await flow.wait()
                sink.write(data)
                await sink.drain()
        sink.transport.abort()


@asynccontextmanager
async def relay_to(target: str) -> AsyncIterator[Relay]:
    relay = Relay(target)
    server = await asyncio.start_server(relay.carry, "127.0.0.1", 0)
    scheme = "redis" if target.startswith("unix:") else "http"
    relay.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield relay
    finally:
        server.close()
        relay.mend()
        relay.cut()
        await server.wait_closed()
