"""One WebSocket: what a client sends, at its pace, and the way out, straight into the transport.

There is no writer task: every frame goes to the transport the moment it exists, so frames keep their order by
themselves, and what the peer has not taken yet is counted by the transport in bytes.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from aiohttp import WSMsgType, web
from aiohttp.http import WebSocketError
from pydantic import JsonValue

from realtime.handshake import Handshake
from realtime.limits import CLOSE_CODES, Limits, Pace
from realtime.meter import Carrier
from realtime.transport.frames import text_frame
from realtime.transport.packets import BinaryPacketError, MalformedPacketError, dumps, event_text
from schemas.streams import Namespace
from services.errors import (
    BinaryNotSupported,
    ConnectDeadline,
    DomainError,
    FrameTooLarge,
    MalformedFrame,
    MalformedText,
    RateLimited,
)

if TYPE_CHECKING:
    from realtime.connection import Connection
    from realtime.fanout import Batch
    from realtime.hub import Follower

PING_EVERY_S: Final = 25.0
PONG_WITHIN_S: Final = 20.0
CLOSE_WITHIN_S: Final = 1.0
RESUME_BELOW: Final = 64 * 1024
"""Replay goes on, and ephemeral events are sent, only while less than this waits for the peer."""

LOOK_AGAIN_S: Final = 0.02
AT_ONCE: Final = struct.pack("ii", 1, 0)
"""Reset instead of a farewell: the kernel, too, forgets what waits, and the client learns of it."""

PING, PONG = text_frame("2"), "3"
EVENT_PREFIX, MESSAGE, ENGINE_CLOSE = "42", "4", "1"
REFUSED_BY_READER: Final = {1002: MalformedFrame, 1007: MalformedText, 1009: FrameTooLarge}


class Host(Protocol):
    """What a session needs of the server around it."""

    limits: Limits

    async def receive(self, sid: str, text: str) -> None:
        """One Socket.IO packet; raises `MalformedPacketError`."""

    def evicted(self, cause: str) -> None:
        """Count a connection that the server ended."""

    def refused(self, reason: str) -> None:
        """Count, and now and then log, something that is not taken."""

    def dropped(self) -> None:
        """Count an ephemeral event that this client did not get."""


class Session:
    """Stands in for the library's socket of a client, and is the `Outlet` of its connection."""

    carrier: ClassVar = Carrier.SOCKET

    __slots__ = (
        "_behind_since",
        "_closing",
        "_connect_by",
        "_descriptor",
        "_held",
        "_held_bytes",
        "_host",
        "_next_ping",
        "_pace",
        "_running",
        "_transport",
        "_waits_for_pong",
        "_written",
        "_ws",
        "closed",
        "connection",
        "handshake",
        "namespaces",
        "pending",
        "sid",
        "user_id",
        "wait_s",
    )

    def __init__(
        self, sid: str, host: Host, ws: web.WebSocketResponse, transport: asyncio.Transport, handshake: Handshake
    ) -> None:
        now = asyncio.get_running_loop().time()
        self.sid = sid
        self.closed = False
        self.connection: Connection | None = None
        self.user_id = ""
        self.handshake = handshake
        self.namespaces: tuple[str, ...] = ()
        self.pending: tuple[str, ...] = ()
        self.wait_s = 0.0
        self._host = host
        self._ws = ws
        self._transport = transport
        if transport.get_extra_info("sslcontext") is not None:
            message = "TLS ends in front of this process: what is written to the socket here would not be encrypted"
            raise RuntimeError(message)
        self._descriptor: int = transport.get_extra_info("socket").fileno()
        self._pace = Pace(host.limits)
        self._running: set[asyncio.Task[None]] | None = None
        self._connect_by = now + host.limits.connect_within_s
        self._next_ping = now + PING_EVERY_S
        self._waits_for_pong = False
        self._closing: asyncio.Task[bool] | None = None
        self._held: deque[bytes] | None = None
        self._held_bytes = self._written = 0
        self._behind_since = 0.0

    @property
    def unsent(self) -> int:
        """Bytes that the peer has not taken yet."""
        return 0 if self._transport.is_closing() else self._transport.get_write_buffer_size() + self._held_bytes

    def write(self, frames: bytes) -> None:
        """Put ready frames on the wire; over the limit of what may wait, the connection ends instead.

        Straight to the socket while nothing waits in front of it: without a queue, a task or a copy a delivery costs
        7 µs, of which 6 are the system call; by way of the transport it would be 1 more (docs/benchmarks). Nothing runs
        between the look at `is_closing` and the write, so the descriptor is still this connection's.
        """
        transport = self._transport
        if self.closed or transport.is_closing():
            return
        if self._held or transport.get_write_buffer_size():
            self._hold(frames)
            return
        if self._behind_since:
            self._behind_since = 0.0
        try:
            sent = os.write(self._descriptor, frames)
        except BlockingIOError:
            sent = 0
        except OSError:
            transport.abort()
            return
        if sent < len(frames):
            transport.write(frames[sent:])

    def _hold(self, frames: bytes) -> None:
        """Queue for a client that is behind: 64 KiB with the transport, the rest here.

        Here a block of bytes that all clients share costs 8 bytes, and not the 700 of a write that is under way.
        """
        size, unsent = len(frames), self.unsent
        if unsent + size > self._host.limits.queued_bytes:
            self.abort("slow")
            return
        self._written += size
        if not self._held and unsent < RESUME_BELOW:
            self._transport.write(frames)
            return
        if not self._held:
            asyncio.get_running_loop().call_later(LOOK_AGAIN_S, self._catch_up)
        self._held = self._held or deque()
        self._held.append(frames)
        self._held_bytes += size

    def _catch_up(self) -> None:
        """Hand on what is held as soon as there is room."""
        transport, held = self._transport, self._held
        if self.closed or transport.is_closing() or held is None:
            self._held, self._held_bytes = None, 0
            return
        while held and transport.get_write_buffer_size() < RESUME_BELOW:
            frames = held.popleft()
            self._held_bytes -= len(frames)
            transport.write(frames)
        if held:
            asyncio.get_running_loop().call_later(LOOK_AGAIN_S, self._catch_up)
        else:
            self._held = None

    def deliver(self, follower: Follower, batch: Batch) -> None:  # noqa: ARG002 - a reader of SSE needs it
        if batch.is_ephemeral and self.unsent > RESUME_BELOW:
            self._host.dropped()
            return
        is_author = batch.authors and self.user_id in batch.authors
        self.write(batch.frames_for(self.user_id) if is_author else batch.frames)

    def tell(self, namespace: Namespace, name: str, payload: dict[str, JsonValue]) -> None:
        self.write(text_frame(event_text(namespace, name, dumps(payload))))

    async def drained(self) -> None:
        """Return when less than 64 KiB waits. A client that stopped reading is ended by `tick` meanwhile."""
        while self.unsent > RESUME_BELOW:
            await asyncio.sleep(LOOK_AGAIN_S)
        if self.closed or self._transport.is_closing():
            raise ConnectionError

    def tick(self, now: float) -> None:
        """Once a second: the age of what waits, the ping, and whether anybody has signed in."""
        self._look_at_queue(now)
        if now >= self._next_ping:
            if self._waits_for_pong:
                self.abort("ping_timeout")
                return
            self._waits_for_pong = True
            self._next_ping = now + PONG_WITHIN_S
            self.write(PING)
        if self.connection is not None:
            self.connection.tick(now)
        elif now >= self._connect_by:
            self.end(ConnectDeadline())

    def _look_at_queue(self, now: float) -> None:
        """End a client that has taken nothing for 10 s of what waited then; `_written` counts what came on top."""
        unsent = self.unsent
        if unsent == 0:
            self._behind_since = 0.0
        elif self._behind_since == 0.0 or self._written >= unsent:
            self._behind_since, self._written = now, 0
        elif now - self._behind_since > self._host.limits.queued_s:
            self.abort("stopped_reading")

    def bind(self, connection: Connection) -> None:
        """From the first accepted CONNECT on this socket speaks for one user; the cookies have served."""
        self.connection, self.user_id = connection, connection.claims.user_id
        self.handshake = self.handshake.without_cookies

    def unbind(self) -> None:
        """Nobody speaks through this socket any more: somebody must sign in again, or it ends."""
        self.connection, self.user_id = None, ""
        self._connect_by = asyncio.get_running_loop().time() + self._host.limits.connect_within_s

    async def read(self) -> None:
        """Take what the client sends until the connection ends, and the reason for it was sent."""
        await self._read()
        if self._closing is not None:
            await self._closing

    async def _read(self) -> None:
        loop, ws, pace = asyncio.get_running_loop(), self._ws, self._pace
        while not self.closed:
            message = await ws.receive()
            if message.type not in {WSMsgType.TEXT, WSMsgType.PING, WSMsgType.PONG, WSMsgType.BINARY}:
                if isinstance(message.data, WebSocketError) and (refused := REFUSED_BY_READER.get(message.data.code)):
                    self._host.refused(refused.code)
                return
            self.wait_s = pace.take(loop.time())
            if pace.is_hopeless:
                self.end(RateLimited())
            elif message.type is WSMsgType.TEXT:
                await self._take(message.data)
            elif message.type is WSMsgType.BINARY:
                self.end(BinaryNotSupported())
            elif message.type is WSMsgType.PING and not self.wait_s:
                await ws.pong(message.data)

    async def _take(self, text: str) -> None:
        """One Engine.IO packet: a pong, a message, or the end (Engine.IO protocol 4)."""
        if text.startswith(EVENT_PREFIX):
            await self._start(text[1:])
        elif text.startswith(MESSAGE) and text != MESSAGE:
            await self._receive(text[1:])
        elif text == PONG:
            self._waits_for_pong = False
            self._next_ping = asyncio.get_running_loop().time() + PING_EVERY_S
        elif text == ENGINE_CLOSE:
            self.close()
        else:
            self.end(MalformedFrame())

    async def _start(self, text: str) -> None:
        """Run an event beside the reading; while four of them run, nothing more is read from this client.

        What came too fast is refused at once and in place, so that `wait_s` is this event's and nobody else's.
        """
        if self.wait_s:
            await self._receive(text)
            self.wait_s = 0.0
            return
        running = self._running
        if running is None:
            running = self._running = set()
        while len(running) >= self._host.limits.handlers:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(self._receive(text))
        running.add(task)
        task.add_done_callback(running.discard)

    async def _receive(self, text: str) -> None:
        try:
            await self._host.receive(self.sid, text)
        except BinaryPacketError:
            self.end(BinaryNotSupported())
        except MalformedPacketError:
            self.end(MalformedFrame())

    def end(self, why: DomainError) -> None:
        """Close because of what the client did; the close reason is the code of the refusal."""
        if not self.closed:
            self._host.refused(why.code)
            self.close(CLOSE_CODES[type(why)], why.code)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """End the WebSocket behind what was written, and at the latest in a second.

        The transport, not a namespace: only then do JavaScript clients come back by themselves.
        """
        if self.closed:
            return
        self.closed = True
        loop = asyncio.get_running_loop()
        self._closing = loop.create_task(self._ws.close(code=code, message=reason.encode(), drain=False))
        loop.call_later(CLOSE_WITHIN_S, self._transport.abort)

    def abort(self, cause: str) -> None:
        """Cut off a client that does not keep up, with everything that waits for it."""
        if not self.closed:
            self.closed = True
            self._host.evicted(cause)
            with suppress(OSError):  # it may have ended by itself
                self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            self._transport.abort()
