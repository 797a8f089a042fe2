"""Fan-out: what streams have to say, gathered for a moment and written once to everyone who follows.

Each event is encoded once and becomes one frame; all frames of one moment become one block of bytes, and
every recipient's transport gets the same block. No task, no queue and no copy is made for a recipient.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

from realtime.meter import RealtimeMeter
from realtime.transport.frames import text_frame
from realtime.transport.packets import event_text
from services.event_log import WireEvent

if TYPE_CHECKING:
    from realtime.hub import Follower
    from realtime.log import LiveStream

PAUSE_OF_COST: Final = 0.5
LONGEST_PAUSE_S: Final = 0.02
RECIPIENTS_A_TURN: Final = 1000


class Batch:
    """Events of one stream that follow each other, as the bytes that their recipients get.

    An ephemeral one has no number, and a client that is behind does without it.
    """

    def __init__(self, events: Sequence[WireEvent], meter: RealtimeMeter) -> None:
        self.events = events
        self.before = events[0].seq - 1
        self.last = events[-1].seq
        self.authors = frozenset(event.actor_id for event in events if event.mutation is not None)
        self.is_ephemeral = self.last == 0
        self._meter = meter

    @cached_property
    def frames(self) -> bytes:
        """The same for all but the writers themselves."""
        return self._frames(None)

    def frames_for(self, user_id: str) -> bytes:
        """As one of `authors` gets it: with `_mutation` on the events that come of the own changes."""
        return self._frames(user_id)

    def after(self, position: int) -> Batch:
        """What is still new at a position inside of the batch."""
        return Batch(self.events[max(position - self.before, 0) :], self._meter)

    def _frames(self, user_id: str | None) -> bytes:
        namespace = self.events[0].stream.partition("/")[0]
        for _ in self.events:
            self._meter.encoded()
        return b"".join(
            [text_frame(event_text(namespace, event.name, event.payload_for(user_id))) for event in self.events]
        )


class Fanout:
    """Flushes streams on the next turn of the loop, and in larger bites while events come faster than they leave.

    When a flush carried several events of a stream, or more came while it ran, the next one waits half as long as
    that one took, 20 ms at most. With 16 events in flight to 500 sockets one write then carries most of them, which
    is 8 times as many deliveries for the same time; events that come one at a time never wait (docs/benchmarks).
    """

    def __init__(self, meter: RealtimeMeter) -> None:
        self._meter = meter
        self._waiting: dict[LiveStream, list[WireEvent]] = {}
        self._running: deque[tuple[Batch, Iterator[Follower]]] = deque()
        self._is_scheduled = self._is_bursting = False
        self._began = self._ended = self._pause = 0.0

    def put(self, live: LiveStream, events: Sequence[WireEvent]) -> None:
        """Send these, which follow what was put before, to everyone who is live in the stream by then."""
        if not live.followers or not events:
            return
        waiting = self._waiting.get(live)
        if waiting is None:
            self._waiting[live] = list(events)
        else:
            waiting.extend(events)
        self._schedule()

    def put_ephemeral(self, live: LiveStream, event: WireEvent) -> None:
        """Send an event without a number at once behind what is being written; nothing waits for it."""
        self._running.append((Batch([event], self._meter), iter(live.audience)))
        self._schedule()

    def _schedule(self) -> None:
        if self._is_scheduled:
            return
        self._is_scheduled = True
        loop = asyncio.get_running_loop()
        wait = self._ended + self._pause - loop.time()
        if wait > 0:
            loop.call_later(wait, self._flush)
        else:
            loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._began = asyncio.get_running_loop().time()
        waiting, self._waiting = self._waiting, {}
        self._is_bursting = any(len(events) > 1 for events in waiting.values())
        told_at = datetime.now(UTC)
        for live, events in waiting.items():
            self._running.append((Batch(events, self._meter), iter(live.audience)))
            for event in events:
                self._meter.delivered(
                    recipients=len(live.followers), lag_s=max((told_at - event.at).total_seconds(), 0)
                )
        self._write()

    def _write(self) -> None:
        """Write to at most 1,000 recipients, then let the loop turn: a large course delays nobody's ping.

        Whoever cannot be written to costs nobody else an event: the loop tells of the error, and the next turn goes on
        behind that recipient.
        """
        left = RECIPIENTS_A_TURN
        try:
            while self._running and left > 0:
                batch, followers = self._running[0]
                left = _hand_out(batch, followers, left)
                if left > 0:
                    self._running.popleft()
        finally:
            asyncio.get_running_loop().call_soon(self._write if self._running else self._rest)

    def _rest(self) -> None:
        """A turn later: the transports have written by now, so this is what the flush really cost."""
        self._ended = asyncio.get_running_loop().time()
        cost = self._ended - self._began
        is_bursting = self._is_bursting or bool(self._waiting)
        self._pause = min(cost * PAUSE_OF_COST, LONGEST_PAUSE_S) if is_bursting else 0.0
        self._meter.fanned_out(seconds=cost)
        self._is_scheduled = False
        if self._waiting or self._running:
            self._schedule()


def _hand_out(batch: Batch, followers: Iterator[Follower], at_most: int) -> int:
    """Deliver to followers while `at_most` lasts; returns what is left of it, 0 when there may be more."""
    before, last, is_ephemeral = batch.before, batch.last, batch.is_ephemeral
    for follower in followers:
        if follower.is_live:
            position = follower.position
            if position == before:
                follower.position = last
                follower.outlet.deliver(follower, batch)
            elif is_ephemeral:
                follower.outlet.deliver(follower, batch)
            elif position < last:
                rest = batch.after(position)
                follower.position = last
                follower.outlet.deliver(follower, rest)
        at_most -= 1
        if at_most == 0:
            return 0
    return at_most
