"""After a commit: tell this process at once, and the others through Redis."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.bus import Bus
from realtime.hub import Hub
from realtime.revocations import Revocations
from services.transaction import Committed


class LiveAnnouncer:
    """Best effort by design: whoever misses it here finds it in the log."""

    def __init__(self, hub: Hub, bus: Bus, revocations: Revocations) -> None:
        self._hub = hub
        self._bus = bus
        self._revocations = revocations

    def announce(self, committed: Sequence[Committed]) -> None:
        for unit in committed:
            for event in unit.events:
                self._hub.offer(event)
                self._bus.publish(event)
        if ended := [revocation for unit in committed for revocation in unit.revocations]:
            self._revocations.committed(ended)
            self._bus.publish_revoked()
        if due := frozenset[str]().union(*(unit.jobs for unit in committed)):
            self._bus.publish_jobs(due)
