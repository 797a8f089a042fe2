"""Clients are sent away a few at a time."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import JsonValue

from realtime.connection import Connection, Connections
from realtime.drain import RECONNECT, drain
from realtime.meter import Carrier
from schemas.streams import Namespace
from schemas.types import UserRole
from server.metrics import Metrics
from services.accounts.tokens import Claims


@dataclass(slots=True)
class Heard:
    """The way out to a client, which notes what it gets and when it ends."""

    carrier: ClassVar = Carrier.SOCKET
    told_ms: list[JsonValue] = field(default_factory=list)
    closed_at: float | None = None

    def tell(self, _namespace: Namespace, name: str, payload: dict[str, JsonValue]) -> None:
        assert name == RECONNECT
        self.told_ms.append(payload["inMs"])

    def close(self) -> None:
        self.closed_at = self.closed_at or asyncio.get_running_loop().time()


def connect(connections: Connections) -> Heard:
    heard = Heard()
    claims = Claims("u", "s", UserRole.STUDENT, 1, time.time() + 600)
    connection = Connection(claims, heard, "en")
    connection.namespaces = frozenset({Namespace.ANNOUNCEMENTS})
    connections.add(connection)
    return heard


async def test_everybody_is_told_once_and_closed_when_told():
    """A hundred clients over half a second: in slices, each at its own moment."""
    connections = Connections(Metrics())
    everyone = [connect(connections) for _ in range(100)]
    began = asyncio.get_running_loop().time()
    await drain(connections, 0.5)
    assert all(len(heard.told_ms) == 1 for heard in everyone)
    assert Counter(heard.told_ms[0] for heard in everyone) == {100: 20, 200: 20, 300: 20, 400: 20, 500: 20}
    for heard in everyone:
        assert heard.closed_at is not None
        assert -0.02 < heard.closed_at - began - heard.told_ms[0] / 1000 < 0.1


async def test_few_clients_do_not_take_the_whole_time():
    """With a handful to send away, a process need not stay for twenty seconds."""
    connections = Connections(Metrics())
    everyone = [connect(connections) for _ in range(5)]
    async with asyncio.timeout(1):
        await drain(connections, 20)
    assert all(heard.closed_at for heard in everyone)


async def test_who_comes_while_others_are_sent_away_is_sent_away_too():
    """A stream that a kept connection opens meanwhile ends with the others."""
    connections = Connections(Metrics())
    connect(connections)
    draining = asyncio.create_task(drain(connections, 1))
    await asyncio.sleep(0)
    late = connect(connections)
    await draining
    assert late.closed_at is not None
