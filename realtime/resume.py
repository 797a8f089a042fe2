"""Resuming a stream: from a position that can be proven, or a reset that says why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from pydantic import JsonValue
from pymongo.errors import PyMongoError

from realtime.connection import Connection
from realtime.hub import Follower, Hub
from realtime.log import LiveStream
from schemas.envelope import Position
from schemas.realtime import ResetOut, ResetReason, ResumedOut
from schemas.streams import Namespace, parse_stream
from services.event_log import WireEvent

MAX_EVENTS = 500
MAX_BYTES = 512 * 1024
BITE_BYTES = 64 * 1024
MAX_EVENTS_PER_CALL = 2000
POSITION_PARTS = (2, 3)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """The position that a client says it has reached; `fact_id` is its last event, if it says so."""

    epoch: str
    seq: int
    fact_id: str | None = None

    @classmethod
    def read(cls, value: JsonValue) -> Claimed | None:
        """Read `[epoch, seq]` or `[epoch, seq, id]`; None for anything else."""
        if not isinstance(value, list) or len(value) not in POSITION_PARTS:
            return None
        epoch, seq, fact_id = (*value, None)[:3]
        if not isinstance(epoch, str) or isinstance(seq, bool) or not isinstance(seq, int) or seq < 0:
            return None
        return cls(epoch, seq, fact_id) if fact_id is None or isinstance(fact_id, str) else None


@dataclass(slots=True)
class Budget:
    """How many events one call may still replay over all its streams."""

    events: int = MAX_EVENTS_PER_CALL


@dataclass(slots=True)
class Joining:
    """A follower that stands ready: `start()` replays to it and makes it live."""

    follower: Follower
    live: LiveStream
    claimed: Claimed | None
    reason: ResetReason | None

    @property
    def starts_at(self) -> int:
        return self.follower.position


class Resumer:
    """Joins connections to streams. Authorisation is the caller's; continuity is proven here."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    @property
    def epoch(self) -> str:
        return self._hub.events.epoch

    async def prepare(self, connection: Connection, stream: str, resume: JsonValue | None) -> Joining:
        """Take a place in the stream, and judge the claimed position; nothing is sent yet."""
        self.drop(connection, stream)
        follower = connection.followers[stream] = Follower(connection, stream)
        try:
            live = await self._hub.open(follower)
            claimed = Claimed.read(resume)
            malformed = resume is not None and claimed is None
            reason = ResetReason.MALFORMED if malformed else await self._judge(live, claimed)
        except PyMongoError:
            self._hub.leave(follower)
            raise
        follower.position = claimed.seq if claimed else live.head
        return Joining(follower, live, claimed, reason)

    def place_of(self, connection: Connection, stream: str) -> Position:
        """How far the connection has come in a stream that it follows."""
        return self.epoch, connection.followers[stream].position

    def position(self, joining: Joining) -> Position:
        return self.epoch, joining.starts_at

    async def start(self, joining: Joining, budget: Budget, *, tell: bool) -> None:
        """Replay, then make live. `tell` says `sync.ok` also to those who had nothing to resume."""
        if joining.reason is not None:
            self.reset(joining.follower.connection, joining.follower.stream, joining.reason)
            return
        start = joining.follower.position
        try:
            reason = await self._replay(joining, budget)
        except PyMongoError as error:
            log.warning("replay_failed", stream=joining.follower.stream, error=type(error).__name__)
            reason = ResetReason.UNAVAILABLE
        except ConnectionError:
            joining.follower.connection.close()
            return
        if reason is not None:
            self.reset(joining.follower.connection, joining.follower.stream, reason)
        elif joining.follower.is_live and (tell or joining.claimed is not None):
            self._tell_ok(joining.follower, start)

    def evict(self, cause: str) -> None:
        """Count a client that was cut off because it did not keep up."""
        self._hub.meter.evicted(cause)

    def drop(self, connection: Connection, stream: str) -> None:
        """Leave the stream, if the connection follows it."""
        follower = connection.followers.get(stream)
        if follower is not None:
            self._hub.leave(follower)

    def reset(self, connection: Connection, stream: str, reason: ResetReason) -> None:
        """Say that continuity cannot be proven, and nothing else for this stream."""
        self.drop(connection, stream)
        self._hub.meter.reset(reason)
        payload = ResetOut(stream=stream, reason=reason).model_dump(mode="json", by_alias=True)
        for namespace in self._namespaces(connection, stream):
            connection.outlet.tell(namespace, "sync.reset", payload)

    def _namespaces(self, connection: Connection, stream: str) -> set[Namespace]:
        """Where to speak of a stream: in its own namespace, or wherever the client is when it names none."""
        parsed = parse_stream(stream)
        own = parsed is not None and parsed.namespace in connection.namespaces
        return {parsed.namespace} if parsed is not None and own else set(connection.namespaces)

    async def _judge(self, live: LiveStream, claimed: Claimed | None) -> ResetReason | None:
        if claimed is None:
            return None
        if claimed.epoch != self.epoch:
            return ResetReason.WRONG_EPOCH
        if claimed.seq > live.head:
            return ResetReason.FROM_THE_FUTURE
        if live.head - claimed.seq > MAX_EVENTS:
            return ResetReason.TOO_FAR_BEHIND
        if claimed.fact_id is not None and claimed.seq > 0:
            stored = await self._hub.events.fact_at(live.name, claimed.seq)
            if stored is not None and stored != claimed.fact_id:
                return ResetReason.RESTORED
        return None

    async def _replay(self, joining: Joining, budget: Budget) -> ResetReason | None:
        """Write pages until the follower stands where the stream stands, then make it live at once."""
        follower, live, sent = joining.follower, joining.live, 0
        while not follower.is_gone and follower.position < live.head:
            page = await self._hub.page(live, follower.position)
            if follower.is_gone:
                return None
            if not _continues(page, follower.position):
                return ResetReason.TOO_OLD
            budget.events -= len(page)
            sent += sum(len(event.payload) for event in page)
            if budget.events < 0 or sent > MAX_BYTES:
                return ResetReason.TOO_FAR_BEHIND
            for bite in _bites(page):
                self._hub.replay(follower, bite)
                await follower.connection.outlet.drained()
                if follower.is_gone:
                    return None
        follower.is_live = not follower.is_gone
        return None

    def _tell_ok(self, follower: Follower, start: int) -> None:
        namespace = Namespace(follower.stream.partition("/")[0])
        resumed = ResumedOut(stream=follower.stream, epoch=self.epoch, start=start, to=follower.position)
        follower.connection.outlet.tell(namespace, "sync.ok", resumed.model_dump(by_alias=True))


def _bites(page: list[WireEvent]) -> Iterator[list[WireEvent]]:
    """The page in parts of at most 64 KiB, or of one event: no more than that and what waits is ever queued."""
    bite: list[WireEvent] = []
    size = 0
    for event in page:
        size += len(event.payload.encode())
        if bite and size > BITE_BYTES:
            yield bite
            bite, size = [], len(event.payload.encode())
        bite.append(event)
    yield bite


def _continues(page: list[WireEvent], position: int) -> bool:
    """Whether the rows themselves prove that nothing is missing."""
    return bool(page) and all(event.seq == position + 1 + index for index, event in enumerate(page))
