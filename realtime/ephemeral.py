"""Events that are kept nowhere: told to whoever follows at this moment, on every instance, or to nobody."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import uuid4
from weakref import WeakKeyDictionary

import orjson

from realtime.bus import Bus
from realtime.connection import Connection
from realtime.hub import Hub
from schemas.events import SPEC_OF, Delivery, Event
from services.event_log import WireEvent


class Ephemeral:
    """Tells events of rows with `Delivery.EPHEMERAL`. They have the number 0, which no stored event has."""

    def __init__(self, hub: Hub, bus: Bus) -> None:
        self._hub = hub
        self._bus = bus
        self._origin = uuid4().hex

    def tell(self, event: Event) -> None:
        """To the event's audience, here and on every other instance."""
        for wire in self._wired(event):
            self._hub.offer(wire)
            self._bus.publish(wire)

    def tell_here(self, event: Event) -> None:
        """To those who follow at this process: for what every process finds out by itself."""
        for wire in self._wired(event):
            self._hub.offer(wire)

    def hear(self, event: WireEvent) -> None:
        """Take in what came by Redis: a stored event is known by its number, one of these by who told it."""
        if event.seq > 0 or event.fact_id != self._origin:
            self._hub.offer(event)

    def _wired(self, event: Event) -> list[WireEvent]:
        spec = SPEC_OF[type(event)]
        if spec.delivery is not Delivery.EPHEMERAL:
            message = f"{spec.name} is stored with a change: a unit emits it"
            raise ValueError(message)
        body = event.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return [
            WireEvent(
                stream=stream,
                seq=0,
                name=spec.name,
                payload=orjson.dumps({**body, "_stream": stream}).decode(),
                fact_id=self._origin,
                actor_id=None,
                mutation=None,
                at=datetime.now(UTC),
            )
            for stream in spec.audience.streams(event.address)
        ]


class Throttle:
    """Lets one thing through per connection in `every_s` seconds."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._last: WeakKeyDictionary[Connection, float] = WeakKeyDictionary()

    def allows(self, connection: Connection) -> bool:
        """Whether it is time again; if so, the time begins anew."""
        now = asyncio.get_running_loop().time()
        if now - self._last.get(connection, -self._every_s) < self._every_s:
            return False
        self._last[connection] = now
        return True
