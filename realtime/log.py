"""One active stream of this process: how far it stands, what has arrived too early, and who follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.event_log import WireEvent

if TYPE_CHECKING:
    import asyncio

    from realtime.hub import Follower


class LiveStream:
    """Puts events into the order of their numbers, whatever order they arrive in.

    Until `begin()` says where the stream stands, everything that arrives waits.
    """

    __slots__ = ("_ahead", "_audience", "filling", "followers", "head", "name", "opening", "taken_back")

    def __init__(self, name: str) -> None:
        self.name = name
        self.head = -1
        self.taken_back = 0
        self.followers: set[Follower] = set()
        self.opening: asyncio.Task[None] | None = None
        self.filling: asyncio.Task[None] | None = None
        self._ahead: dict[int, WireEvent] | None = None
        self._audience: tuple[Follower, ...] | None = None

    def add(self, follower: Follower) -> None:
        self.followers.add(follower)
        self._audience = None

    def discard(self, follower: Follower) -> None:
        self.followers.discard(follower)
        self._audience = None

    @property
    def audience(self) -> tuple[Follower, ...]:
        """All followers at this moment; the same object until one comes or goes (a copy is 2 % of an event's cost)."""
        if self._audience is None:
            self._audience = tuple(self.followers)
        return self._audience

    @property
    def has_gap(self) -> bool:
        """Whether an event waits for one that has not arrived."""
        return self.head >= 0 and bool(self._ahead)

    def begin(self, head: int) -> list[WireEvent]:
        """Start at the number that the database knows; yields what arrived meanwhile and follows it."""
        self.head = head
        if self._ahead is not None:
            self._ahead = {seq: event for seq, event in self._ahead.items() if seq > head}
        return self._in_order()

    def offer(self, event: WireEvent) -> list[WireEvent]:
        """Take an event in; yields those that can be delivered now, oldest first."""
        if event.seq == self.head + 1 and not self._ahead and self.head >= 0:
            self.head = event.seq
            return [event]
        if event.seq > self.head:
            if self._ahead is None:
                self._ahead = {}
            self._ahead[event.seq] = event
        return self._in_order() if self.head >= 0 else []

    def _in_order(self) -> list[WireEvent]:
        ready: list[WireEvent] = []
        if self._ahead is None:
            return ready
        while (event := self._ahead.pop(self.head + 1, None)) is not None:
            self.head = event.seq
            ready.append(event)
        if not self._ahead:
            self._ahead = None
        return ready
