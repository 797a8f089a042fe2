"""One active stream of this process: how far it stands, its newest events, and who follows it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from schemas.events import TAKING_BACK
from services.event_log import WireEvent

if TYPE_CHECKING:
    import asyncio

    from realtime.hub import Follower

RING_EVENTS = 256


class LiveStream:
    """Puts events into the order of their numbers, whatever order they arrive in.

    Until `begin()` says where the stream stands, everything that arrives waits.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.head = -1
        self.followers: set[Follower] = set()
        self.opening: asyncio.Task[None] | None = None
        self.filling: asyncio.Task[None] | None = None
        self._ring: deque[WireEvent] = deque(maxlen=RING_EVENTS)
        self._ahead: dict[int, WireEvent] = {}

    @property
    def has_gap(self) -> bool:
        """Whether an event waits for one that has not arrived."""
        return self.head >= 0 and bool(self._ahead)

    def begin(self, head: int) -> list[WireEvent]:
        """Start at the number that the database knows; yields what arrived meanwhile and follows it."""
        self.head = head
        self._ahead = {seq: event for seq, event in self._ahead.items() if seq > head}
        return self._in_order()

    def offer(self, event: WireEvent) -> list[WireEvent]:
        """Take an event in; yields those that can be delivered now, oldest first."""
        if event.seq > self.head:
            self._ahead[event.seq] = event
        return self._in_order() if self.head >= 0 else []

    def newest_after(self, seq: int, limit: int) -> list[WireEvent]:
        """Events behind `seq` out of memory; empty when memory does not reach back that far."""
        if not self._ring or self._ring[0].seq > seq + 1:
            return []
        skip = seq + 1 - self._ring[0].seq
        return [self._ring[index] for index in range(skip, min(skip + limit, len(self._ring)))]

    def _in_order(self) -> list[WireEvent]:
        ready: list[WireEvent] = []
        while (event := self._ahead.pop(self.head + 1, None)) is not None:
            if event.name in TAKING_BACK:
                self._ring.clear()
            self._ring.append(event)
            self.head = event.seq
            ready.append(event)
        return ready
