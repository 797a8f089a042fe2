"""The Socket.IO server: the library's protocol on our packets, members and sockets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import socketio
from pydantic import JsonValue
from socketio import packet

from realtime.transport.engine import Engine, Surroundings
from realtime.transport.hooks import check_hooks
from realtime.transport.members import Members
from realtime.transport.packets import JsonPacket
from realtime.transport.session import Session

Refuse: TypeAlias = Callable[[Session], JsonValue]
"""What `connect_error` shows to a client that asks for a namespace which is none."""


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]  # the library has no types
    """One for each process. Starting it fails with `HookMovedError` when an upgrade took a hook away."""

    eio: Engine

    def __init__(self, namespaces: Sequence[str], around: Surroundings, refuse: Refuse) -> None:
        check_hooks()
        names = tuple(f"/{name}" for name in namespaces)
        super().__init__(
            client_manager=Members(names, {}),
            serializer=JsonPacket,
            namespaces=list(names),
            async_handlers=False,  # a session runs four at once itself, and reads no further
            transports=["websocket"],
            monitor_clients=False,
            logger=False,
            engineio_logger=False,
            around=around,
        )
        self.manager = Members(names, self.eio.sockets)
        self.manager.set_server(self)
        self.environ = self.eio.sockets  # what a connect handler is given is the session itself
        self._refuse = refuse

    async def _handle_connect(self, eio_sid: str, namespace: str, data: JsonValue) -> None:
        """The library refuses an unknown namespace with a text that clients do not show."""
        if namespace in self.namespaces:
            await super()._handle_connect(eio_sid, namespace, data)
        elif (session := self.eio.sockets.get(eio_sid)) is not None:
            refusal = self.packet_class(packet.CONNECT_ERROR, data=self._refuse(session), namespace=namespace)
            await self._send_packet(eio_sid, refusal)

    def _engineio_server_class(self) -> type[Engine]:
        return Engine
