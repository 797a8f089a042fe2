"""A web process whose hints of withdrawals never reach Redis."""

import server.app
from realtime.bus import Bus
from server.__main__ import main
from services.event_log import WireEvent


class MuteBus(Bus):
    """Loses every hint of an event that takes back."""

    def publish(self, event: WireEvent) -> None:
        if event.name != "announcement.withdrawn":
            super().publish(event)


if __name__ == "__main__":
    server.app.Bus = MuteBus  # type: ignore[misc]
    main()
