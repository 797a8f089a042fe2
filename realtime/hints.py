"""Hints between instances: the form they have on the way, and the queue in front of Redis."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import orjson

from services.event_log import WireEvent

MAX_QUEUED_BYTES: Final = 8 * 1024 * 1024
MAX_BATCH_BYTES: Final = 256 * 1024
"""So much is sent before an answer is awaited: little enough to be through within the time-out on a slow line."""


def pack(event: WireEvent) -> bytes:
    """A hint: one line that says what it is, then the payload, which nobody decodes on the way."""
    head = [event.seq, event.name, event.fact_id, event.actor_id, event.mutation, event.at.timestamp()]
    return orjson.dumps(head) + b"\n" + event.payload.encode()


def number_of(data: bytes) -> int:
    """The number of a hint's event, without reading the rest; raises `ValueError` for what is no hint."""
    return int(data[1 : data.index(b",", 1, 24)])


def unpack(stream: str, data: bytes) -> WireEvent:
    """Read a hint; what another version or another program sent raises, and the log fills the gap."""
    head, _, payload = data.partition(b"\n")
    seq, name, fact_id, actor_id, mutation, at = orjson.loads(head)
    return WireEvent(
        stream=stream,
        seq=int(seq),
        name=name,
        payload=payload.decode(),
        fact_id=fact_id,
        actor_id=actor_id,
        mutation=mutation,
        at=datetime.fromtimestamp(at, UTC),
    )


@dataclass(slots=True)
class Outgoing:
    """A command that is ready to send. What is `fleeting` (presence, typing, a probe) is of use now or never."""

    data: bytes
    fleeting: bool = False
    sent: asyncio.Future[None] | None = None

    def settle(self) -> None:
        """Let go whoever waits for it, sent or not."""
        if self.sent is not None and not self.sent.done():
            self.sent.set_result(None)


class HintQueue:
    """Keeps order and at most 8 MiB: over it what is fleeting goes first, then the oldest."""

    def __init__(self, on_dropped: Callable[[int], None]) -> None:
        self._on_dropped = on_dropped
        self._lasting: deque[Outgoing] = deque()
        self._fleeting: deque[Outgoing] = deque()
        self._bytes = 0
        self._wake = asyncio.Event()

    def __len__(self) -> int:
        return len(self._lasting) + len(self._fleeting)

    def put(self, message: Outgoing) -> None:
        (self._fleeting if message.fleeting else self._lasting).append(message)
        self._bytes += len(message.data)
        self._make_room()
        self._wake.set()

    def put_back(self, taken: Iterable[Outgoing]) -> None:
        """What was perhaps not sent goes first when Redis is back; those who heard it already drop it."""
        for message in reversed(list(taken)):
            (self._fleeting if message.fleeting else self._lasting).appendleft(message)
            self._bytes += len(message.data)
        self.drop_fleeting()
        self._make_room()
        self._wake.set()

    async def take(self) -> list[Outgoing]:
        """Wait until something waits; then one batch of it, the oldest first.

        A quarter of a batch is open to what is fleeting, so that neither kind waits behind a flood of the other.
        """
        while not len(self):
            self._wake.clear()
            await self._wake.wait()
        taken: list[Outgoing] = []
        size = 0
        for queue, until in ((self._fleeting, MAX_BATCH_BYTES // 4), (self._lasting, MAX_BATCH_BYTES)):
            while queue and size < until:
                taken.append(queue.popleft())
                size += len(taken[-1].data)
        self._bytes -= size
        return taken

    def drop_fleeting(self) -> None:
        """After an outage nobody wants to know who was typing before it."""
        self._drop(self._fleeting, len(self._fleeting))

    def _make_room(self) -> None:
        while self._bytes > MAX_QUEUED_BYTES:
            self._drop(self._fleeting or self._lasting, 1)

    def _drop(self, queue: deque[Outgoing], count: int) -> None:
        for _ in range(count):
            message = queue.popleft()
            self._bytes -= len(message.data)
            message.settle()
        if count:
            self._on_dropped(count)
