"""Socket.IO's side of the door: who may upgrade, six namespaces, and one interpreter behind them."""

from __future__ import annotations

from typing import Any, Final

import socketio
from aiohttp import web
from pydantic import JsonValue
from socketio.exceptions import ConnectionRefusedError as Refused

from realtime.caps import Caps, of_address
from realtime.handshake import Doorkeeper
from realtime.meter import Carrier, RealtimeMeter
from realtime.namespace import Interpreter
from realtime.reasons import ReasonLog
from realtime.refusal import refusal_fields
from realtime.transport.engine import Surroundings
from realtime.transport.server import SocketServer
from realtime.transport.session import Session
from realtime.wheel import Wheel
from schemas.streams import Namespace
from services.errors import DomainError, RateLimited, UnknownNamespace, WebSocketOnly

PATH: Final = "/socket.io/"


class Gateway:
    """The Socket.IO server of one process."""

    def __init__(
        self, interpreter: Interpreter, doorkeeper: Doorkeeper, caps: Caps, wheel: Wheel, meter: RealtimeMeter
    ) -> None:
        self.interpreter = interpreter
        self._doorkeeper = doorkeeper
        self._caps = caps
        around = Surroundings(caps.limits, wheel, meter, ReasonLog(meter), self._gone)
        self._server = SocketServer(tuple(Namespace), around, _unknown_namespace)
        meter.watch_queues(Carrier.SOCKET, self._queued_bytes)
        for namespace in Namespace:
            self._server.register_namespace(_Door(namespace, self))

    def attach(self, app: web.Application) -> None:
        """Serve the library's path, WebSocket handshakes only."""
        app.router.add_route("*", PATH, self._handle)

    def _queued_bytes(self) -> int:
        """What the peers of all sockets have not taken yet."""
        return sum(session.unsent for session in self._server.eio.sockets.values())

    async def close(self) -> None:
        """End every connection."""
        for session in tuple(self._server.eio.sockets.values()):
            session.close()
        await self.interpreter.close()

    def session_of(self, sid: str) -> Session | None:
        return self._server.eio.sockets.get(sid[:-1])

    def _gone(self, session: Session) -> None:
        if session.connection is not None:
            for namespace in tuple(session.connection.namespaces):
                self.interpreter.leave(session.connection, namespace)
            session.unbind()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        is_upgrade = request.method == "GET" and request.headers.get("Upgrade", "").lower() == "websocket"
        if not is_upgrade or query.get("transport") != "websocket" or query.get("EIO") != "4":
            raise WebSocketOnly
        handshake = self._doorkeeper.greet(request)
        key = of_address(handshake.address)
        await self._caps.take(key)
        try:
            return await self._server.eio.serve(request, handshake)
        finally:
            self._caps.give_back(key)


class _Door(socketio.AsyncNamespace):  # type: ignore[misc]  # the library has no types
    """One namespace: two events of its own, every other one is a row of COMMANDS."""

    def __init__(self, namespace: Namespace, gateway: Gateway) -> None:
        super().__init__(f"/{namespace}")
        self._name = namespace
        self._gateway = gateway

    async def trigger_event(self, event: str, sid: str, *args: Any) -> JsonValue | None:
        session = self._gateway.session_of(sid)
        if session is None:
            return None
        if event == "connect":
            await self._connect(session, args[1])
            return None
        connection, interpreter = session.connection, self._gateway.interpreter
        if connection is None or self._name not in connection.namespaces:
            return None
        if event == "disconnect":
            interpreter.leave(connection, self._name)
            if not connection.namespaces:
                session.unbind()
            return None
        if session.wait_s:
            return interpreter.refuse(connection, RateLimited(retry_after_s=session.wait_s))
        return await interpreter.run(connection, self._name, event, args[0] if args else None)

    async def _connect(self, session: Session, auth: JsonValue) -> None:
        try:
            if session.wait_s:
                raise RateLimited(retry_after_s=session.wait_s)
            connection = await self._gateway.interpreter.admit(
                session.connection, session, self._name, auth, session.handshake
            )
        except DomainError as error:
            raise _refused(error, session.handshake.language) from None
        session.bind(connection)


def _unknown_namespace(session: Session) -> JsonValue:
    """Also for `/`, which is nobody's: it says where to go."""
    error = UnknownNamespace(namespaces=", ".join(f"/{namespace}" for namespace in Namespace))
    refused: JsonValue = _refused(error, session.handshake.language).error_args
    return refused


def _refused(error: DomainError, language: str) -> Refused:
    """What `connect_error` shows: the text, and under `data` the same fields as over REST."""
    return Refused(error.text(language), refusal_fields(error, "", language))
