"""Engine.IO over WebSocket alone: the handshake, and the sockets of this process."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import engineio
from aiohttp import web

from realtime.handshake import Handshake
from realtime.limits import Limits
from realtime.meter import RealtimeMeter
from realtime.reasons import ReasonLog
from realtime.transport.frames import text_frame
from realtime.transport.packets import dumps
from realtime.transport.session import CLOSE_WITHIN_S, PING_EVERY_S, PONG_WITHIN_S, Session
from realtime.wheel import Wheel

NOT_SENT: Final = getattr(socket, "TCP_NOTSENT_LOWAT", None)
NOT_SENT_BYTES: Final = 64 * 1024
"""What the kernel takes beyond what the peer has room for. By itself it takes up to 4 MiB for each socket, and a
client that has stopped reading would look healthy until that is full."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What sockets need of the process. `gone` hears of every socket that has ended."""

    limits: Limits
    wheel: Wheel
    meter: RealtimeMeter
    reasons: ReasonLog
    gone: Callable[[Session], None]


class Engine(engineio.AsyncServer):  # type: ignore[misc]  # the library has no types
    """Drop-in for the library's engine, which is left with naming the handler of messages.

    A connection costs one object of slots and the task that reads: no environment, no queue, no writer, no
    ping task, no task a message.
    """

    sockets: dict[str, Session]

    def __init__(self, *, around: Surroundings, **options: Any) -> None:
        super().__init__(**options)
        self._around = around
        self.limits = around.limits

    async def serve(self, request: web.Request, handshake: Handshake) -> web.WebSocketResponse:
        """Upgrade, and stay until the connection ends. The caller has looked at origin and caps."""
        ws = web.WebSocketResponse(
            max_msg_size=self.limits.frame_bytes + 1,  # aiohttp refuses what reaches this
            compress=False,  # deflate costs 90 KB a connection, and one frame would not fit all
            autoping=False,
            autoclose=False,
            timeout=CLOSE_WITHIN_S,
        )
        await ws.prepare(request)
        transport = request.transport
        if transport is None:
            return ws
        if NOT_SENT is not None:
            with suppress(OSError):  # the client may have left by now
                transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, NOT_SENT, NOT_SENT_BYTES)
        session = Session(self.generate_id(), self, ws, transport, handshake)
        self.sockets[session.sid] = session
        self._around.wheel.add(session)
        try:
            session.write(text_frame(f"0{self._opening(session.sid)}"))
            await session.read()
        finally:
            session.closed = True
            self._around.wheel.discard(session)
            self._around.gone(session)
            del self.sockets[session.sid]
        return ws

    def _opening(self, sid: str) -> str:
        return dumps(
            {
                "sid": sid,
                "upgrades": [],
                "pingInterval": round(PING_EVERY_S * 1000),
                "pingTimeout": round(PONG_WITHIN_S * 1000),
                "maxPayload": self.limits.frame_bytes,
            }
        )

    async def receive(self, sid: str, text: str) -> None:
        await self.handlers["message"](sid, text)

    async def send(self, sid: str, data: str) -> None:
        """What the library says by itself: acks, CONNECT and its refusal."""
        if (session := self.sockets.get(sid)) is not None:
            session.write(text_frame(f"4{data}"))

    def evicted(self, cause: str) -> None:
        self._around.meter.evicted(cause)

    def refused(self, reason: str) -> None:
        self._around.reasons.note(reason)

    def dropped(self) -> None:
        self._around.meter.dropped(ephemeral=1)
