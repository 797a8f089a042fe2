"""What the live side counts; the building keeps the figures."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol


class Carrier(StrEnum):
    """What a client's connection is made of."""

    SOCKET = "socket"
    FEED = "feed"


class RealtimeMeter(Protocol):
    """Counters and gauges of one process. Names of causes and reasons come from the code, never from a client."""

    def connections(self, carrier: Carrier, *, now: int) -> None: ...

    def streams(self, *, now: int) -> None:
        """Streams that somebody follows here."""

    def watch_queues(self, carrier: Carrier, queued_bytes: Callable[[], int]) -> None:
        """Ask `queued_bytes` when figures are read, so that a queue costs nothing on the way of an event."""

    def encoded(self) -> None:
        """An event became the bytes that all its recipients get."""

    def fanned_out(self, *, seconds: float) -> None:
        """How long it took to write or queue one event to everyone who follows here."""

    def delivered(self, *, recipients: int, lag_s: float) -> None: ...

    def dropped(self, *, ephemeral: int) -> None:
        """Events without a number that a slow client did not get."""

    def gap_filled(self, *, events: int) -> None: ...

    def replayed(self, *, events: int) -> None: ...

    def reset(self, reason: str) -> None: ...

    def evicted(self, cause: str) -> None: ...

    def refused(self, reason: str) -> None:
        """Something that a client sent was not taken."""

    def auth_refreshed(self) -> None:
        """A connection goes on with a fresh token."""

    def bus_is_up(self, *, up: bool) -> None: ...

    def bus_lag(self, *, seconds: float) -> None:
        """From a probe being sent to its echo."""

    def probe_failed(self) -> None:
        """A probe was not back when the next one was due."""

    def hints_dropped(self, *, count: int) -> None:
        """Hints that Redis was too slow for, or away."""
