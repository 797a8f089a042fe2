"""A web process that is killed the moment it has committed an announcement called "Last words"."""

import os
import signal
from collections.abc import Sequence

import server.app
from realtime.announce import LiveAnnouncer
from server.__main__ import main
from services.transaction import Committed


class DyingAnnouncer(LiveAnnouncer):
    """Dies between the commit and the hint."""

    def announce(self, committed: Sequence[Committed]) -> None:
        if any("Last words" in event.payload for unit in committed for event in unit.events):
            os.kill(os.getpid(), signal.SIGKILL)
        super().announce(committed)


if __name__ == "__main__":
    server.app.LiveAnnouncer = DyingAnnouncer  # type: ignore[misc]
    main()
