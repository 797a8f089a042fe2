"""What the live side counts; the building keeps the figures."""

from __future__ import annotations

from typing import Protocol


class RealtimeMeter(Protocol):
    """Counters and gauges of one process."""

    def connections(self, *, now: int) -> None: ...

    def delivered(self, *, recipients: int, lag_s: float) -> None: ...

    def gap_filled(self, *, events: int) -> None: ...

    def replayed(self, *, events: int) -> None: ...

    def reset(self, reason: str) -> None: ...

    def evicted(self, cause: str) -> None: ...

    def bus_is_up(self, *, up: bool) -> None: ...

    def bus_lag(self, *, seconds: float) -> None:
        """From a probe being sent to its echo."""

    def probe_failed(self) -> None:
        """A probe was not back when the next one was due."""

    def hints_dropped(self, *, count: int) -> None: ...
