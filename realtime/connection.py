"""A client's connection, whatever carries it: who it speaks for, and which streams it follows."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Protocol
from uuid import uuid4

from pydantic import JsonValue

from realtime.meter import Carrier, RealtimeMeter
from schemas.realtime import ExpiryOut
from schemas.streams import Namespace

if TYPE_CHECKING:
    from realtime.fanout import Batch
    from realtime.hub import Follower
    from services.accounts.roles import Rights
    from services.accounts.tokens import Claims


WARN_BEFORE_S = 60.0
NEVER = float("inf")


class Outlet(Protocol):
    """The way out to one client. Nothing here waits, but `drained()`; nothing here raises, but `drained()`."""

    carrier: ClassVar[Carrier]

    def deliver(self, follower: Follower, batch: Batch) -> None:
        """Send numbered events; a client too far behind loses the connection, never an event."""

    def tell(self, namespace: Namespace, name: str, payload: dict[str, JsonValue]) -> None:
        """Send an event that is not numbered."""

    async def drained(self) -> None:
        """Return when little of what was sent still waits; `ConnectionError` when the client stopped reading."""

    def close(self) -> None:
        """End the transport, so that the client comes back on its own."""


class Connection:
    """One client, bound to one session by its first CONNECT; it ends with its token unless renewed.

    `rights_changed` counts how often this user's rights changed meanwhile: who joins a stream compares it,
    so that a right which ends between asking and joining is not overlooked.
    """

    __slots__ = (
        "__weakref__",
        "_commands",
        "_ends_at",
        "_warn_at",
        "claims",
        "followers",
        "id",
        "is_open",
        "language",
        "namespaces",
        "outlet",
        "rights_changed",
    )

    def __init__(self, claims: Claims, outlet: Outlet, language: str) -> None:
        self.id = uuid4().hex[:12]
        self.outlet = outlet
        self.language = language
        self.namespaces: frozenset[Namespace] = frozenset()
        self.followers: dict[str, Follower] = {}
        self.rights_changed = 0
        self.is_open = True
        self._commands = 0
        self.renew(claims)

    def renew(self, claims: Claims) -> None:
        """Go on with a fresh token: warn a minute before it expires, close when it has."""
        self.claims = claims
        self._ends_at = asyncio.get_running_loop().time() + claims.expires_at - time.time()
        self._warn_at = self._ends_at - WARN_BEFORE_S

    def put_rights(self, rights: Rights) -> None:
        """Go on with other rights, until the same moment; joins that are under way ask again.

        What an API key was limited to stays its limit.
        """
        grants = replace(rights.grants, only=self.claims.grants.only)
        self.claims = replace(
            self.claims, role=rights.role, permission_version=rights.permission_version, grants=grants
        )
        self.rights_changed += 1

    def tick(self, now: float) -> None:
        """Once a second, by the wheel."""
        if now >= self._warn_at:
            self._warn_at = NEVER
            self.tell("auth.expiring", ExpiryOut(expires_at=self.claims.expires_at).model_dump(by_alias=True))
        if now >= self._ends_at:
            self._ends_at = NEVER
            self.close()

    def next_request_id(self) -> str:
        self._commands += 1
        return f"{self.id}-{self._commands}"

    def tell(self, name: str, payload: dict[str, JsonValue]) -> None:
        """Say something that is not numbered, on every namespace that the client has joined."""
        for namespace in self.namespaces:
            self.outlet.tell(namespace, name, payload)

    def close(self) -> None:
        self.is_open = False
        self.outlet.close()


class Connections:
    """Every connection of this process, found by user and by session."""

    def __init__(self, meter: RealtimeMeter) -> None:
        self._meter = meter
        self._all: set[Connection] = set()
        self._carried: Counter[Carrier] = Counter()
        self._of_user: dict[str, set[Connection]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, connection: Connection) -> None:
        if connection not in self._all:
            self._count(connection, 1)
        self._all.add(connection)
        self._of_user[connection.claims.user_id].add(connection)

    def remove(self, connection: Connection) -> None:
        if connection in self._all:
            self._count(connection, -1)
        self._all.discard(connection)
        mine = self._of_user[connection.claims.user_id]
        mine.discard(connection)
        if not mine:
            del self._of_user[connection.claims.user_id]

    def all(self) -> Iterable[Connection]:
        return tuple(self._all)

    def close_all(self) -> None:
        """End every connection of this process; clients come back by themselves."""
        for connection in self.all():
            connection.close()

    def of_user(self, user_id: str) -> Iterable[Connection]:
        return tuple(self._of_user.get(user_id, ()))

    def _count(self, connection: Connection, change: int) -> None:
        carrier = connection.outlet.carrier
        self._carried[carrier] += change
        self._meter.connections(carrier, now=self._carried[carrier])
