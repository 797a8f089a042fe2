"""What the process remembers of its active streams, so that a reconnecting client costs no query."""

from __future__ import annotations

import sys
from collections import OrderedDict, deque
from collections.abc import Sequence
from itertools import islice
from typing import Final

from schemas.events import TAKING_BACK
from services.event_log import WireEvent

RING_EVENTS: Final = 256
BUDGET_BYTES: Final = 64 * 1024 * 1024

EVENT_OVERHEAD: Final = 500
"""Bytes of an event beside its payload's text: the object, its time, its ids and its place in the ring."""

RING_OVERHEAD: Final = 2000
"""Bytes of a ring before its first event."""

OF_ONE_READER: Final = "/user:"


class _Ring:
    """Contiguous events of one stream, oldest first, each with the bytes that it was counted at."""

    __slots__ = ("costs", "events", "total")

    def __init__(self) -> None:
        self.events: deque[WireEvent] = deque()
        self.costs: deque[int] = deque()
        self.total = RING_OVERHEAD

    def push(self, event: WireEvent, cost: int) -> None:
        self.events.append(event)
        self.costs.append(cost)
        self.total += cost
        if len(self.events) > RING_EVENTS:
            self.events.popleft()
            self.total -= self.costs.popleft()


class Rings:
    """The newest 256 events of each stream; all together they stay within the budget.

    A stream has a ring from its first event on, so 10,000 idle streams cost nothing. A `user:` stream never
    has one: its few readers are served by the log. Whoever stops hearing a stream must `forget` it, because
    memory would miss what is taken back meanwhile.
    """

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self._budget = budget_bytes
        self._rings: OrderedDict[str, _Ring] = OrderedDict()
        self._total = 0

    def __len__(self) -> int:
        return len(self._rings)

    @property
    def size(self) -> int:
        """Bytes counted, never more than the budget."""
        return self._total

    def append(self, event: WireEvent) -> None:
        """Remember a stream's next event; one that takes back leaves nothing of what came before it."""
        if OF_ONE_READER in event.stream:
            return
        ring = self._rings.get(event.stream)
        if ring is not None and (event.name in TAKING_BACK or ring.events[-1].seq + 1 != event.seq):
            self.forget(event.stream)
            ring = None
        if ring is None:
            ring = self._rings[event.stream] = _Ring()
            self._total += ring.total
        self._rings.move_to_end(event.stream)
        before = ring.total
        ring.push(event, EVENT_OVERHEAD + sys.getsizeof(event.payload))
        self._total += ring.total - before
        while self._total > self._budget:
            self._total -= self._rings.popitem(last=False)[1].total

    def reach_back(self, stream: str, events: Sequence[WireEvent], head: int) -> None:
        """Remember these, read from the log, before what is remembered; unless a hole would stay before `head`."""
        ring = self._rings.get(stream)
        if ring is not None and ring.events[0].seq <= events[0].seq:
            return
        newer = self.newest_after(stream, events[-1].seq, RING_EVENTS)
        if newer or events[-1].seq == head:
            self.forget(stream)
            for event in [*events, *newer]:
                self.append(event)

    def newest_after(self, stream: str, seq: int, limit: int) -> list[WireEvent]:
        """Events behind `seq`, oldest first; empty when memory does not reach back that far."""
        ring = self._rings.get(stream)
        if ring is None or ring.events[0].seq > seq + 1:
            return []
        self._rings.move_to_end(stream)
        skip = seq + 1 - ring.events[0].seq
        return list(islice(ring.events, skip, skip + limit))

    def forget(self, stream: str) -> None:
        """Remember nothing of this stream."""
        ring = self._rings.pop(stream, None)
        if ring is not None:
            self._total -= ring.total
