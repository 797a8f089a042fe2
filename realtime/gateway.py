"""The only file that knows python-socketio: WebSocket in and out, six namespaces, one interpreter.

What the library does by itself is narrowed here: no long polling, nothing on `/`, no room that was not
joined after authentication, and every event is encoded once for all who get it.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, Final

import orjson
import socketio
from aiohttp import web
from engineio.packet import MESSAGE
from engineio.packet import Packet as EnginePacket
from pydantic import JsonValue
from socketio.exceptions import ConnectionRefusedError as Refused

from realtime.connection import Connection
from realtime.meter import Carrier, RealtimeMeter
from realtime.namespace import Interpreter
from realtime.refusal import refusal_fields
from schemas.streams import Namespace
from services.errors import DomainError, UnknownNamespace, WebSocketOnly
from services.event_log import WireEvent

PATH: Final = "/socket.io/"
MAX_FRAME = 64 * 1024
MAX_QUEUED_PACKETS = 1000
DRAIN_WITHIN_S = 10.0
CLOSE_WITHIN_S = 1.0


class Json:
    """orjson behind the two names that the library calls."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()

    @staticmethod
    def loads(text: str | bytes, **_: Any) -> JsonValue:
        value: JsonValue = orjson.loads(text)
        return value


class SocketOutlet:
    """The way out over one WebSocket: packets go into the library's queue, in order, without a task each."""

    carrier: ClassVar = Carrier.SOCKET

    def __init__(self, gateway: Gateway, engine_sid: str, transport: asyncio.Transport | None) -> None:
        self._gateway = gateway
        self._engine_sid = engine_sid
        self._transport = transport
        self._is_closed = False

    def send(self, event: WireEvent) -> None:
        self._put(self._gateway.packet_of(event, self._engine_sid))

    def tell(self, namespace: Namespace, name: str, payload: dict[str, JsonValue]) -> None:
        self._put(EnginePacket(MESSAGE, frame(namespace, name, Json.dumps(payload))))

    async def drained(self) -> None:
        queue = self._queue()
        if queue is None:
            raise ConnectionError
        try:
            async with asyncio.timeout(DRAIN_WITHIN_S):
                await queue.join()
        except TimeoutError:
            self._abort("stopped_reading")
            raise ConnectionError from None

    def close(self) -> None:
        """End the transport behind what is queued, and at the latest in a second.

        The transport, not the namespace: only then do JavaScript clients come back by themselves.
        """
        if (queue := self._queue()) is not None:
            queue.put_nowait(None)
        self._is_closed = True
        if self._transport is not None:
            asyncio.get_running_loop().call_later(CLOSE_WITHIN_S, self._transport.abort)

    def _put(self, packet: EnginePacket) -> None:
        queue = self._queue()
        if queue is None:
            return
        if queue.qsize() >= MAX_QUEUED_PACKETS:
            self._abort("slow")
            return
        queue.put_nowait(packet)

    def _abort(self, cause: str) -> None:
        self._gateway.meter.evicted(cause)
        if self._transport is not None:
            self._transport.abort()

    def _queue(self) -> asyncio.Queue[EnginePacket | None] | None:
        socket = self._gateway.sio.eio.sockets.get(self._engine_sid)
        return None if socket is None or socket.closed or self._is_closed else socket.queue


def frame(namespace: str, name: str, payload: str) -> str:
    """The Socket.IO text of an event: packet type 2, the namespace, and the name beside the payload."""
    return f'2/{namespace},["{name}",{payload}]'


class Gateway:
    """The Socket.IO server of one process."""

    def __init__(self, interpreter: Interpreter, meter: RealtimeMeter) -> None:
        self.meter = meter
        self.interpreter = interpreter
        self.connections: dict[str, Connection] = {}
        self._last_packet: tuple[WireEvent, EnginePacket] | None = None
        self.sio = socketio.AsyncServer(
            async_mode="aiohttp",
            transports=["websocket"],
            namespaces=[f"/{namespace}" for namespace in Namespace],
            json=Json,
            max_http_buffer_size=MAX_FRAME,
            logger=False,
            engineio_logger=False,
        )
        self.sio.register_namespace(_Root("/"))
        for namespace in Namespace:
            self.sio.register_namespace(_Door(namespace, self))

    def attach(self, app: web.Application) -> None:
        """Serve the library's path, WebSocket handshakes only."""
        app.router.add_route("*", PATH, self._handle)

    async def close(self) -> None:
        """End every connection and the library's own tasks."""
        for connection in tuple(self.connections.values()):
            connection.close()
        await self.interpreter.close()
        await self.sio.shutdown()

    def packet_of(self, event: WireEvent, engine_sid: str) -> EnginePacket:
        """The event as a packet: built once for all recipients, but for the sockets of its own writer."""
        connection = self.connections.get(engine_sid)
        payload = event.payload_for(connection.claims.user_id if connection else None)
        if payload is event.payload and self._last_packet is not None and self._last_packet[0] is event:
            return self._last_packet[1]
        namespace = event.stream.partition("/")[0]
        packet = EnginePacket(MESSAGE, frame(namespace, event.name, payload))
        if payload is event.payload:
            self.meter.encoded()
            self._last_packet = (event, packet)
        return packet

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("transport") != "websocket" or request.method != "GET":
            raise WebSocketOnly
        response: web.StreamResponse = await self.sio.handle_request(request)
        return response


class _Root(socketio.AsyncNamespace):  # type: ignore[misc]  # the library has no types
    """`/` is nobody's: it says where to go."""

    async def trigger_event(self, event: str, *_: Any) -> None:
        if event == "connect":
            names = ", ".join(f"/{namespace}" for namespace in Namespace)
            raise _refused(UnknownNamespace(namespaces=names), "en")


class _Door(socketio.AsyncNamespace):  # type: ignore[misc]
    """One namespace: two events of its own, every other one is a row of COMMANDS."""

    def __init__(self, namespace: Namespace, gateway: Gateway) -> None:
        super().__init__(f"/{namespace}")
        self._name = namespace
        self._gateway = gateway

    async def trigger_event(self, event: str, sid: str, *args: Any) -> JsonValue | None:
        if event == "connect":
            await self._connect(sid, *args)
            return None
        engine_sid = self._gateway.sio.manager.eio_sid_from_sid(sid, self.namespace)
        connection = self._gateway.connections.get(engine_sid)
        if connection is None or self._name not in connection.namespaces:
            return None
        if event == "disconnect":
            self._disconnect(engine_sid, connection)
            return None
        return await self._gateway.interpreter.run(connection, self._name, event, args[0] if args else None)

    async def _connect(self, sid: str, environ: dict[str, Any], auth: JsonValue = None) -> None:
        gateway = self._gateway
        engine_sid = gateway.sio.manager.eio_sid_from_sid(sid, self.namespace)
        request: web.Request = environ["aiohttp.request"]
        bound = gateway.connections.get(engine_sid)
        outlet = bound.outlet if bound else SocketOutlet(gateway, engine_sid, request.transport)
        language = "fr" if request.headers.get("Accept-Language", "").lower().startswith("fr") else "en"
        try:
            gateway.connections[engine_sid] = await gateway.interpreter.admit(bound, outlet, self._name, auth, language)
        except DomainError as error:
            raise _refused(error, language) from None

    def _disconnect(self, engine_sid: str, connection: Connection) -> None:
        self._gateway.interpreter.leave(connection, self._name)
        if not connection.namespaces:
            self._gateway.connections.pop(engine_sid, None)


def _refused(error: DomainError, language: str) -> Refused:
    """What `connect_error` shows: the text, and under `data` the same fields as over REST."""
    return Refused(error.text(language), refusal_fields(error, "", language))
