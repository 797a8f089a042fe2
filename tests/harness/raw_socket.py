"""A WebSocket client that says exactly what it is told to, right or wrong: bytes, not packets."""

from __future__ import annotations

import asyncio
import json
import os
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

WITHIN_S = 15.0
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
FINAL = 0x80
UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"
)


def frame(payload: bytes | str, opcode: int = TEXT, first: int | None = None) -> bytes:
    """A masked frame; `first` overrules the whole first byte (RFC 6455, 5.2)."""
    data = payload.encode() if isinstance(payload, str) else payload
    head = bytes([FINAL | opcode if first is None else first])
    if len(data) < 126:
        head += bytes([0x80 | len(data)])
    elif len(data) < 65_536:
        head += struct.pack("!BH", 0x80 | 126, len(data))
    else:
        head += struct.pack("!BQ", 0x80 | 127, len(data))
    return head + b"\0\0\0\0" + data  # a mask of zeros leaves the payload as it is


@dataclass(frozen=True, slots=True)
class Closed:
    """How the server ended it; 1006 when it just cut."""

    code: int
    reason: str


@dataclass(slots=True)
class RawSocket:
    """`status` and `headers` are those of the answer to the upgrade; `body` is there when it was refused."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    status: int = 0
    headers: dict[str, str] | None = None
    body: bytes = b""

    async def upgrade(self, host: str, path: str, headers: dict[str, str]) -> None:
        head = [UPGRADE.format(path=path, host=host), f"Sec-WebSocket-Key: {'A' * 22}=="]
        head += [f"{name}: {value}" for name, value in headers.items()]
        self.writer.write(("\r\n".join(head) + "\r\n\r\n").encode())
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}
        if self.status != 101:
            self.body = await self.reader.readexactly(int(self.headers.get("content-length", "0")))

    @property
    def refusal(self) -> Any:
        return json.loads(self.body)

    def send(self, *frames: bytes) -> None:
        self.writer.write(b"".join(frames))

    def say(self, text: str) -> None:
        self.send(frame(text))

    async def receive(self, within_s: float = WITHIN_S) -> str | bytes | Closed:
        """The next text, the payload of the next pong, or how it ended. Pings of the engine are answered."""
        async with asyncio.timeout(within_s):
            while True:
                try:
                    opcode, payload = await self._frame()
                except (asyncio.IncompleteReadError, ConnectionError):
                    return Closed(1006, "")
                if opcode == CLOSE:
                    code = int.from_bytes(payload[:2], "big") if payload else 1005
                    return Closed(code, payload[2:].decode())
                if opcode == TEXT and payload != b"2":
                    return payload.decode()
                if opcode == TEXT:
                    self.say("3")
                elif opcode == PONG:
                    return payload

    async def _frame(self) -> tuple[int, bytes]:
        first, length = await self.reader.readexactly(2)
        if length == 126:
            (length,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
        return first & 0x0F, await self.reader.readexactly(length)

    async def event(self, name: str) -> Any:
        """The payload of the next event of that name."""
        return (await self._next(lambda said: said.startswith("42") and json.loads(_args(said))[0] == name))[1]

    async def _next(self, is_it: Callable[[str], bool]) -> Any:
        async with asyncio.timeout(WITHIN_S):
            while isinstance(said := await self.receive(), str | bytes):
                if isinstance(said, str) and is_it(said):
                    return json.loads(_args(said))
        raise AssertionError(said)

    async def end(self, within_s: float = WITHIN_S) -> Closed:
        """Read on to the end."""
        async with asyncio.timeout(within_s):
            while not isinstance(said := await self.receive(within_s), Closed):
                pass
        return said

    async def connect(self, auth: dict[str, Any] | None, namespace: str = "announcements") -> Any:
        """CONNECT; returns the refusal, or None when it was accepted."""
        self.say(f"40/{namespace},{json.dumps(auth) if auth is not None else ''}")
        async with asyncio.timeout(WITHIN_S):
            while isinstance(said := await self.receive(), str):
                if said.startswith(f"40/{namespace},"):
                    return None
                if said.startswith(f"44/{namespace},"):
                    return json.loads(said.partition(",")[2])["data"]
        raise AssertionError(said)

    async def ask(self, name: str, body: Any = None, number: int = 1, namespace: str = "announcements") -> Any:
        """One command; returns its ack."""
        self.say(f"42/{namespace},{number}{json.dumps([name, body])}")
        return await self.ack()

    async def ack(self) -> Any:
        """The next ack, whichever it is."""
        return (await self._next(lambda said: said.startswith("43")))[0]


def _args(packet: str) -> str:
    return packet[packet.index("[") :]


@asynccontextmanager
async def raw_socket(
    url: str, token: str | None = None, path: str = "/socket.io/?EIO=4&transport=websocket", **headers: str
) -> AsyncIterator[RawSocket]:
    """An upgraded socket, or a refused one; with a token it is connected to `/announcements`."""
    place = urlsplit(url)
    socket = RawSocket(*await asyncio.open_connection(place.hostname, place.port))
    try:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        await socket.upgrade(sent.pop("Host", place.netloc), path, sent)
        if token is not None:
            assert await socket.connect({"token": token}) is None
        yield socket
    finally:
        socket.writer.transport.abort()


def rss_mib(pid: int) -> float:
    """Resident memory of a process that was started here."""
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
