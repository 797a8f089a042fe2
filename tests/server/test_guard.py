"""Slow clients without a proxy: real sockets, the limits made small."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest

from handlers.parse import Pace
from server.app import Core
from server.guard import Patience
from server.process import Lifecycle
from server.serving import serving

PATIENCE = Patience(header_s=0.3, idle_s=0.6, linger_s=0.3, newcomers=4)
PACE = Pace(pause_s=0.3, grace_s=0.5, bytes_per_s=1000)
pytestmark = pytest.mark.filterwarnings("ignore:Bare functions are deprecated:DeprecationWarning")
SIGN_IN = b"POST /api/v1/auth/signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@dataclass(slots=True)
class Slow:
    """One connection that says what it is told to, and how long it was borne."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def said(self) -> bytes:
        """Everything that the server answers until it ends the connection."""
        async with asyncio.timeout(10):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""

    async def trickle(self, piece: bytes, every_s: float) -> None:
        """Send a little again and again, until the server has had enough."""
        while not self.reader.at_eof() and not self.writer.is_closing():
            self.writer.write(piece)
            await asyncio.sleep(every_s)


@pytest.fixture(scope="module")
async def address(core: Core) -> AsyncIterator[str]:
    async with serving(core, Lifecycle(), patience=PATIENCE, pace=PACE) as address:
        yield address


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Slow]:
    host, _, port = address.removeprefix("http://").partition(":")
    slow = Slow(*await asyncio.open_connection(host, int(port)))
    try:
        yield slow
    finally:
        slow.writer.close()


async def borne(slow: Slow, piece: bytes, every_s: float) -> tuple[bytes, float]:
    """What the server says to someone who trickles, and after how long."""
    began = time.monotonic()
    trickling = asyncio.create_task(slow.trickle(piece, every_s))
    said = await slow.said()
    trickling.cancel()
    return said, time.monotonic() - began


async def is_well(address: str) -> bool:
    async with aiohttp.ClientSession() as http, http.get(f"{address}/livez") as reply:
        return reply.status == 200


@pytest.mark.parametrize("every_s", [0.05, 30])
async def test_a_header_that_does_not_end_is_cut(address: str, every_s: float):
    """However busily it trickles: the time counts from its first byte. The answer is 408; others are served."""
    async with connected(address) as slow:
        slow.writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\n")
        said, took = await borne(slow, b"X-A: b\r\n", every_s)
        assert said.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert b'"code":"request_timeout"' in said
        assert 0.25 < took < 1.5
        assert await is_well(address)


async def test_a_second_header_is_timed_like_the_first(address: str):
    """A connection that was good once gets no more patience for it."""
    async with connected(address) as slow:
        slow.writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await slow.reader.readline()).startswith(b"HTTP/1.1 200")
        slow.writer.write(b"GET /livez HTTP/1.1\r\n")
        assert b"HTTP/1.1 408" in await slow.said()


@pytest.mark.parametrize(("length", "every_s"), [(100, 30), (100_000, 0.05)], ids=["a pause", "a trickle"])
async def test_a_body_that_comes_too_slowly_is_cut(address: str, length: int, every_s: float):
    """A pause, or an average below the floor: 408 in the form of every error, and the connection ends."""
    async with connected(address) as slow:
        slow.writer.write(SIGN_IN + b"Content-Length: %d\r\n\r\n{" % length)
        said, took = await borne(slow, b" ", every_s)
        assert said.startswith(b"HTTP/1.1 408")
        assert b"Connection: close" in said
        assert b'"code":"request_timeout"' in said
        assert took < 3
        assert await is_well(address)


async def test_a_slow_but_steady_body_is_taken(address: str):
    """Above the floor and without a long pause the call is judged by what it says."""
    body = b'{"email":"nobody@school.example","password":"whatever it is"}'.ljust(2000)
    async with connected(address) as slow:
        slow.writer.write(SIGN_IN + b"Connection: close\r\nContent-Length: 2000\r\n\r\n")
        for start in range(0, 2000, 250):
            slow.writer.write(body[start : start + 250])
            await asyncio.sleep(0.1)
        assert (await slow.said()).startswith(b"HTTP/1.1 401")


async def test_idle_connections_end_before_and_after_a_request(address: str):
    """Whoever says nothing at all is closed without a word, and so is a kept connection that is not used."""
    async with connected(address) as silent, connected(address) as kept:
        kept.writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await silent.said() == b""
        assert (await kept.said()).startswith(b"HTTP/1.1 200")


async def test_silent_connections_of_one_address_are_few(address: str):
    """The one above the number is closed at once; when one has spoken, another may come."""
    async with AsyncExitStack() as stack:
        silent = [await stack.enter_async_context(connected(address)) for _ in range(PATIENCE.newcomers)]
        async with connected(address) as above:
            began = time.monotonic()
            assert await above.said() == b""
            assert time.monotonic() - began < PATIENCE.idle_s / 2
        silent[0].writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await silent[0].reader.readline()).startswith(b"HTTP/1.1 200")
        assert await is_well(address)
