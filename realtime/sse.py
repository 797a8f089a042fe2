"""Server-sent events: the same streams, hub and resume as the sockets, for readers without WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import ClassVar, Final

import orjson
import structlog
from pydantic import JsonValue
from pymongo.errors import PyMongoError

from realtime import cursor
from realtime.caps import Caps, of_address, of_user
from realtime.connection import Connection, Connections
from realtime.drain import RECONNECT
from realtime.fanout import Batch
from realtime.hub import Follower
from realtime.limits import Limits
from realtime.meter import Carrier
from realtime.refusal import refusal_fields
from realtime.resume import Budget, Joining, Resumer
from realtime.wheel import Wheel
from schemas.envelope import Position
from schemas.realtime import ResetReason
from schemas.streams import (
    SCHOOL_STREAM,
    TOPIC_NAMESPACES,
    Namespace,
    Stream,
    course_streams,
    parse_stream,
    user_stream,
)
from schemas.types import EnrollmentState, now
from services.access import enter_course, may_follow
from services.crypto import Keyring
from services.errors import DomainError, Forbidden, NotFound, Unavailable
from services.event_log import WireEvent
from services.following import followed
from services.permissions import Permission
from services.ports import EventWriter, FeedRequest, RevocationList
from services.scopes import Scope
from services.unit import Unit

HEARTBEAT_S: Final = 15.0
LIFE_S: Final = 600.0
RETRY_AT_ONCE_MS: Final = (50, 500)
"""After `sys.reconnect`: the wait was in it, so that what is left is to come back."""

log = structlog.get_logger(__name__)


class SseOutlet:
    """The way out over one response. Every frame carries the cursor that stands after it."""

    carrier: ClassVar = Carrier.FEED

    def __init__(self, namespaces: frozenset[Namespace], epoch: str, limits: Limits) -> None:
        self.namespaces = namespaces
        self._limits = limits
        self._epoch = epoch
        self._frames: deque[bytes] = deque()
        self._bytes = 0
        self._wake = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self.connection: Connection | None = None
        self.joined: deque[str] = deque()
        self.is_closed = False
        self.is_slow = False

    def deliver(self, follower: Follower, batch: Batch) -> None:
        for event in batch.events:
            if not batch.is_ephemeral:
                follower.position = event.seq  # the cursor of this very frame shows it
            self._send(event)

    def _send(self, event: WireEvent) -> None:
        user_id = self.connection.claims.user_id if self.connection else None
        namespace = Namespace(event.stream.partition("/")[0])
        if event.name == "membership.changed" and event.stream == user_stream(Namespace.NOTIFICATIONS, user_id or ""):
            self.joined.append(event.payload)
        if namespace in self.namespaces:
            self._put(_frame(event.name, event.payload_for(user_id), self._cursor()))
        else:
            self._wake.set()

    def tell(self, namespace: Namespace, name: str, payload: dict[str, JsonValue]) -> None:
        if namespace in self.namespaces:
            retry = f"retry: {random.randint(*RETRY_AT_ONCE_MS)}\n".encode() if name == RECONNECT else b""
            self._put(retry + _frame(name, orjson.dumps(payload).decode(), self._cursor()))

    async def drained(self) -> None:
        try:
            async with asyncio.timeout(self._limits.queued_s):
                await self._empty.wait()
        except TimeoutError:
            raise ConnectionError from None

    def close(self) -> None:
        self.is_closed = True
        self._wake.set()

    def close_if_failed(self, joining: asyncio.Task[None]) -> None:
        """Without its streams a reader would wait for nothing: it comes back and tries again."""
        if not joining.cancelled() and (error := joining.exception()) is not None:
            log.warning("feed_not_joined", error=type(error).__name__)
            self.close()

    async def next(self) -> bytes | None:
        """What to write next: frames, or None when there was nothing for the length of a heartbeat."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT_S):
                await self._wake.wait()
        self._wake.clear()
        frames = b"".join(self._frames)
        self._frames.clear()
        return frames or None

    def written(self, count: int) -> None:
        self._bytes -= count
        if not self._frames:
            self._empty.set()

    def _put(self, frame: bytes) -> None:
        self._frames.append(frame)
        self._bytes += len(frame)
        self._empty.clear()
        self._wake.set()
        if self._bytes > self._limits.queued_bytes:
            self.is_slow = True

    def _cursor(self) -> str:
        followers = self.connection.followers if self.connection else {}
        shown = {name: one.position for name, one in followers.items() if name.partition("/")[0] in self.namespaces}
        return cursor.pack(self._epoch, shown)


def _frame(name: str, payload: str, cursor_text: str) -> bytes:
    return f"id: {cursor_text}\nevent: {name}\ndata: {payload}\n\n".encode()


class SseFeed:
    """Serves readers; one for each process."""

    def __init__(
        self,
        resumer: Resumer,
        connections: Connections,
        wheel: Wheel,
        keys: Keyring,
        *,
        caps: Caps,
        revocations: RevocationList,
    ) -> None:
        self._resumer = resumer
        self._revocations = revocations
        self._wheel = wheel
        self._connections = connections
        self._keys = keys
        self._caps = caps

    async def serve(self, request: FeedRequest, writer: EventWriter) -> None:
        """Write until the reader leaves, the right ends, or its ten minutes are nearly over."""
        try:
            async with self._caps.holding(of_address(request.address), of_user(request.claims.user_id)):
                await self._serve(request, writer)
        except DomainError as error:
            await writer.write(self.refuse(error, request.language))
        except PyMongoError as error:
            log.warning("feed_failed", error=type(error).__name__)
            await writer.write(self.refuse(Unavailable(), request.language))

    def refuse(self, error: DomainError, language: str) -> bytes:
        payload = orjson.dumps(refusal_fields(error, "", language)).decode()
        return f"retry: {random.randint(5000, 10_000)}\nevent: sys.error\ndata: {payload}\n\n".encode()

    async def _serve(self, request: FeedRequest, writer: EventWriter) -> None:
        namespaces = frozenset().union(*(TOPIC_NAMESPACES[topic] for topic in request.topics))
        outlet = SseOutlet(namespaces, self._resumer.epoch, self._caps.limits)
        async with self._connected(request, outlet) as connection:
            connection.namespaces = frozenset({min(namespaces)})
            changed, positions = connection.rights_changed, _positions(request, namespaces)
            # The own streams come before the list of courses: whoever joins one meanwhile is told by them.
            own = await self._take(connection, await self._own(connection, namespaces), positions)
            courses = await self._course_streams(connection, request, namespaces)
            await writer.write(f"retry: {random.randint(1000, 3000)}\n\n".encode())
            joining = asyncio.create_task(self._join(connection, own, courses, positions, changed))
            joining.add_done_callback(outlet.close_if_failed)
            try:
                await self._write(outlet, writer, connection)
            finally:
                joining.cancel()

    async def _write(self, outlet: SseOutlet, writer: EventWriter, connection: Connection) -> None:
        clock = asyncio.get_running_loop().time
        ends_at = clock() + LIFE_S * random.uniform(0.8, 1.0)
        while clock() < ends_at:
            frames = await outlet.next()
            await writer.write(frames or b": still here\n\n")
            outlet.written(len(frames or b""))
            if outlet.is_slow:
                self._resumer.evict("slow_reader")
                writer.abort()
                return
            if outlet.is_closed:
                return
            while outlet.joined:
                await self._follow_new_course(connection, outlet, outlet.joined.popleft())

    @asynccontextmanager
    async def _connected(self, request: FeedRequest, outlet: SseOutlet) -> AsyncIterator[Connection]:
        connection = outlet.connection = Connection(request.claims, outlet, request.language)
        self._connections.add(connection)
        self._wheel.add(connection)
        try:
            self._revocations.check(request.claims)  # again: what ended before the connection could be found
            yield connection
        finally:
            for name in tuple(connection.followers):
                self._resumer.drop(connection, name)
            self._wheel.discard(connection)
            self._connections.remove(connection)

    async def _take(
        self, connection: Connection, names: Iterable[str], positions: dict[str, Position] | None
    ) -> list[Joining]:
        """Take all places side by side, so that their channels and heads are asked for at once."""
        prepare = self._resumer.prepare
        return await asyncio.gather(*(prepare(connection, name, _resume(positions, name)) for name in names))

    async def _own(self, connection: Connection, namespaces: frozenset[Namespace]) -> list[str]:
        """The user's own streams and the school's; that of notifications always, because it tells of new courses."""
        wanted = dict.fromkeys([*sorted(namespaces), Namespace.NOTIFICATIONS])
        own = [user_stream(namespace, connection.claims.user_id) for namespace in wanted]
        is_wanted = SCHOOL_STREAM.namespace in namespaces
        if is_wanted and await may_follow(self._scope(connection), SCHOOL_STREAM):
            own.append(SCHOOL_STREAM.name)
        return own

    async def _course_streams(
        self, connection: Connection, request: FeedRequest, namespaces: frozenset[Namespace]
    ) -> list[str]:
        """The streams of the one course that was asked for, or of those that the user is in or teaches."""
        scope = self._scope(connection)
        courses = await self._one_course(scope, request.course_id) if request.course_id else await followed(scope)
        return [
            stream.name
            for course_id, is_staff in courses
            for stream in _readable(course_id, namespaces, is_staff=is_staff)
        ]

    async def _one_course(self, scope: Scope, course_id: str) -> list[tuple[str, bool]]:
        inside = await enter_course(scope, course_id)
        if not inside.allows(Permission.COURSE_FOLLOW):
            raise Forbidden
        return [(course_id, inside.allows(Permission.ENROLLMENT_READ))]

    async def _join(
        self,
        connection: Connection,
        own: list[Joining],
        courses: Iterable[str],
        positions: dict[str, Position] | None,
        changed: int,
    ) -> None:
        """Take every place first, so that the very first cursor knows them all; then replay."""
        new = (name for name in courses if name not in connection.followers)  # the own streams may have told already
        joinings = [*own, *await self._take(connection, new, positions)]
        if connection.rights_changed != changed:
            for joining in joinings:
                stream = parse_stream(joining.follower.stream)
                if stream is None or not await may_follow(self._scope(connection), stream):
                    self._resumer.drop(connection, joining.follower.stream)
        for name in sorted((positions or {}).keys() - connection.followers.keys()):
            self._resumer.reset(connection, name, ResetReason.NOT_PERMITTED)
            await connection.outlet.drained()  # a foreign cursor may name 1,500 streams
        budget = Budget()
        for joining in joinings:
            await self._resumer.start(joining, budget, tell=True)
            if not joining.follower.is_live:
                await self._go_on(connection, joining.follower.stream)

    async def _go_on(self, connection: Connection, name: str) -> None:
        """After a reset: a reader cannot ask to go on, so it goes on from here; the snapshot covers the rest."""
        again = await self._resumer.prepare(connection, name, None)
        await self._resumer.start(again, Budget(), tell=True)

    async def _follow_new_course(self, connection: Connection, outlet: SseOutlet, payload: str) -> None:
        """The user has joined a course: its streams begin at their present position."""
        told = orjson.loads(payload)
        if told.get("state") != EnrollmentState.ACTIVE:
            return
        with contextlib.suppress(NotFound):
            for course_id, is_staff in await self._one_course(self._scope(connection), str(told["courseId"])):
                for stream in _readable(course_id, outlet.namespaces, is_staff=is_staff):
                    if stream.name not in connection.followers:
                        await self._go_on(connection, stream.name)

    def _scope(self, connection: Connection) -> Scope:
        return Scope(connection.claims.actor, Unit(at=now()), self._keys)


def _resume(positions: dict[str, Position] | None, name: str) -> JsonValue:
    """A cursor that cannot be read resets every stream; a stream that it does not name begins now."""
    if positions is None:
        return "unreadable"
    epoch_and_seq = positions.get(name)
    return list(epoch_and_seq) if epoch_and_seq else None


def _positions(request: FeedRequest, namespaces: frozenset[Namespace]) -> dict[str, Position] | None:
    """What the cursor says of this feed's streams; None when it cannot be read."""
    claimed = cursor.unpack(request.cursor) if request.cursor else {}
    if claimed is None:
        return None
    return {name: position for name, position in claimed.items() if name.partition("/")[0] in namespaces}


def _readable(course_id: str, namespaces: frozenset[Namespace], *, is_staff: bool) -> list[Stream]:
    streams = (stream for namespace in sorted(namespaces) for stream in course_streams(namespace, course_id))
    return [stream for stream in streams if is_staff or not stream.room.is_for_staff]
