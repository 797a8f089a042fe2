"""The hub: every active stream of this process, and who follows it.

Events arrive from the committer of this process, as hints from Redis, and from the log; `LiveStream` puts
them in order and `Fanout` writes them. Only the log is trusted to be complete: hints make it fast, gap fill
and sweep make it whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from heapq import nlargest
from typing import Protocol

import structlog
from pymongo.errors import PyMongoError

from realtime.connection import Connection, Outlet
from realtime.fanout import Batch, Fanout
from realtime.heads import HeadReader
from realtime.log import LiveStream
from realtime.meter import RealtimeMeter
from realtime.ring import RING_EVENTS, Rings
from schemas.events import TAKING_BACK
from services.event_log import EventLog, WireEvent

GAP_PATIENCE_S = 0.02
"""How long a missing hint may still arrive before the log is asked."""

LINGER_S = 5.0
"""How long a stream stays active after its last follower left; reconnects come back within it."""

FILL_PAGE = 256
COMPARE_PAGE = 1000

log = structlog.get_logger(__name__)


class Subscriptions(Protocol):
    """The channels that this process hears."""

    async def subscribe(self, stream: str) -> None:
        """Return when hints of the stream arrive, or when there are none to be had."""

    def unsubscribe(self, stream: str) -> None: ...


class Follower:
    """One connection's place in one stream. It is replayed to until it becomes live, in one step.

    `position` is the number of the last event that was handed to its outlet.
    """

    __slots__ = ("connection", "is_gone", "is_live", "outlet", "position", "stream")

    def __init__(self, connection: Connection, stream: str) -> None:
        self.connection = connection
        self.outlet: Outlet = connection.outlet
        self.stream = stream
        self.position = 0
        self.is_live = False
        self.is_gone = False


class Hub:
    """Opens streams when someone follows them, and closes them a little after nobody does."""

    def __init__(self, events: EventLog, subscriptions: Subscriptions, meter: RealtimeMeter) -> None:
        self.events = events
        self.meter = meter
        self._subscriptions = subscriptions
        self._heads = HeadReader(events)
        self._fanout = Fanout(meter)
        self._rings = Rings()
        self._streams: dict[str, LiveStream] = {}
        self._reading: dict[tuple[str, int], asyncio.Task[list[WireEvent]]] = {}
        self.changed: Callable[[str], None] = lambda _: None
        """Called with the name of a stream that somebody began or ceased to follow."""

    def following(self, stream: str) -> Iterable[Connection]:
        """The connections that follow a stream here."""
        live = self._streams.get(stream)
        return (follower.connection for follower in live.followers) if live else ()

    def busiest(self, limit: int) -> dict[str, int]:
        """The streams of courses that most connections follow here, and by how many. Looks at every stream."""
        shared = ((len(live.followers), name) for name, live in self._streams.items() if "/user:" not in name)
        return {name: followers for followers, name in nlargest(limit, shared) if followers}

    async def open(self, follower: Follower) -> LiveStream:
        """Make the follower's stream active; its head is known from here on."""
        live = self._streams.get(follower.stream)
        if live is None:
            live = self._streams[follower.stream] = LiveStream(follower.stream)
            self.meter.streams(now=len(self._streams))
            live.opening = asyncio.create_task(self._open(live))
        live.add(follower)
        self.changed(live.name)
        if live.opening is not None:
            try:
                await asyncio.shield(live.opening)
            except PyMongoError:
                if self._streams.get(live.name) is live:
                    del self._streams[live.name]
                    self._subscriptions.unsubscribe(live.name)
                live.discard(follower)
                raise
        return live

    async def _open(self, live: LiveStream) -> None:
        """Hear the channel first and read the head after: what happens in between is not missed."""
        await self._subscriptions.subscribe(live.name)
        self._take_in(live, live.begin(await self._heads.head(live.name)))
        live.opening = None
        self._fill_gap(live)

    async def page(self, live: LiveStream, position: int) -> list[WireEvent]:
        """The stream's next events behind a position, 256 at most, out of memory where it reaches back that far.

        Where it does not, all who come back to one position share one query, and what it brings is remembered:
        2,000 clients that lost their instance cost the log a query, not 2,000.
        """
        remembered = self._rings.newest_after(live.name, position, RING_EVENTS)
        if remembered:
            return remembered
        key = live.name, position
        reading = self._reading.get(key)
        if reading is None:
            reading = self._reading[key] = asyncio.create_task(self._read(live, position))
            reading.add_done_callback(lambda _: self._reading.pop(key, None))
        return await asyncio.shield(reading)

    async def _read(self, live: LiveStream, position: int) -> list[WireEvent]:
        before = live.taken_back
        page = await self.events.after(live.name, position, RING_EVENTS)
        if page and live.taken_back == before:  # else memory would keep what the log has given up
            self._rings.reach_back(live.name, page, live.head)
        return page

    def replay(self, follower: Follower, page: Sequence[WireEvent]) -> None:
        """Hand a page to one follower that is not live yet."""
        follower.position = page[-1].seq
        follower.outlet.deliver(follower, Batch(page, self.meter))
        self.meter.replayed(events=len(page))

    def leave(self, follower: Follower) -> None:
        """Stop delivering; also while the follower is still being replayed to."""
        follower.is_gone = True
        follower.is_live = False
        if follower.connection.followers.get(follower.stream) is follower:
            del follower.connection.followers[follower.stream]
        live = self._streams.get(follower.stream)
        if live is not None:
            live.discard(follower)
            self.changed(live.name)
            if not live.followers:
                asyncio.get_running_loop().call_later(LINGER_S, self._close_if_deserted, live)

    def _close_if_deserted(self, live: LiveStream) -> None:
        if not live.followers and self._streams.get(live.name) is live:
            del self._streams[live.name]
            self.meter.streams(now=len(self._streams))
            self._rings.forget(live.name)
            self._subscriptions.unsubscribe(live.name)

    def knows(self, stream: str, seq: int) -> bool:
        """Whether an event has been taken in already, or interests nobody here."""
        live = self._streams.get(stream)
        return live is None or 0 < seq <= live.head

    def offer(self, event: WireEvent) -> None:
        """Take in an event from wherever it comes; what was delivered before is dropped here.

        An event with the number 0 is ephemeral: it goes to those who are live and is kept nowhere.
        """
        live = self._streams.get(event.stream)
        if live is None:
            return
        if event.seq == 0:
            self._fanout.put_ephemeral(live, event)
            return
        self._take_in(live, live.offer(event))
        self._fill_gap(live)

    def _take_in(self, live: LiveStream, events: list[WireEvent]) -> None:
        """Remember what is in order now, and give it to the fan-out."""
        for event in events:
            self._rings.append(event)
            live.taken_back += event.name in TAKING_BACK
        self._fanout.put(live, events)

    def _fill_gap(self, live: LiveStream) -> None:
        if live.has_gap and live.filling is None:
            live.filling = asyncio.create_task(self._fill_after_patience(live))

    async def _fill_after_patience(self, live: LiveStream) -> None:
        await asyncio.sleep(GAP_PATIENCE_S)
        try:
            if live.has_gap:
                await self._fill(live)
        finally:
            live.filling = None

    async def _fill(self, live: LiveStream) -> None:
        """Read on from where the stream stands here; one reader a stream at a time."""
        while True:
            try:
                page = await self.events.after(live.name, live.head, FILL_PAGE)
            except PyMongoError as error:
                log.warning("gap_fill_failed", stream=live.name, error=type(error).__name__)
                return
            self.meter.gap_filled(events=len(page))
            for event in page:
                self._take_in(live, live.offer(event))
            if len(page) < FILL_PAGE:
                return

    async def sweep(self) -> None:
        """Catch up with what happened in the last 12 s and reached nobody here."""
        recent = await self.events.recent_heads()
        await self._catch_up_with(recent)

    async def compare_heads(self) -> None:
        """Catch up with every active stream, however long nothing was heard."""
        names = list(self._streams)
        for start in range(0, len(names), COMPARE_PAGE):
            await self._catch_up_with(await self.events.heads(names[start : start + COMPARE_PAGE]))

    async def _catch_up_with(self, heads: dict[str, int]) -> None:
        for name, head in heads.items():
            live = self._streams.get(name)
            while live is not None and 0 <= live.head < head:
                was = live.head
                if live.filling is None:
                    live.filling = asyncio.create_task(self._fill_now(live))
                await asyncio.shield(live.filling)
                if live.head == was:
                    break  # the log could not be read, or holds no more: the next sweep looks again

    async def _fill_now(self, live: LiveStream) -> None:
        try:
            await self._fill(live)
        finally:
            live.filling = None
