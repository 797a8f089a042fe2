"""The Socket.IO server: the library's protocol on our packets, members and sockets."""

from __future__ import annotations

from collections.abc import Sequence

import socketio

from realtime.transport.engine import Engine, Surroundings
from realtime.transport.hooks import check_hooks
from realtime.transport.members import Members
from realtime.transport.packets import JsonPacket


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]  # the library has no types
    """One for each process. Starting it fails with `HookMovedError` when an upgrade took a hook away."""

    eio: Engine

    def __init__(self, namespaces: Sequence[str], around: Surroundings) -> None:
        check_hooks()
        names = ("/", *(f"/{name}" for name in namespaces))
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

    def _engineio_server_class(self) -> type[Engine]:
        return Engine
