"""What a revocation does to live connections: a session's transport closes, a member leaves the stream.

An operator's orders come the same way, so they reach every instance whether Redis works or not.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

import structlog
from pymongo.errors import PyMongoError

from realtime.connection import Connection, Connections
from realtime.hub import Follower, Hub
from realtime.revocations import Ended
from schemas.realtime import RightsOut
from schemas.streams import Namespace, Room, parse_stream
from schemas.types import now
from services.access import may_follow
from services.accounts.roles import RIGHTS_CHANGED, rights_of
from services.crypto import Keyring
from services.scopes import Scope
from services.unit import Unit

EXPIRY_EVERY_S: Final = 1.0

log = structlog.get_logger(__name__)


class Enforcer:
    """Applies one revocation to every connection of this process.

    `forget` is told of each stream that a user lost the right to.
    """

    def __init__(self, connections: Connections, hub: Hub, keys: Keyring, forget: Callable[[str, str], None]) -> None:
        self._connections = connections
        self._hub = hub
        self._keys = keys
        self._forget = forget

    async def apply(self, ended: Ended) -> None:
        kind, _, rest = ended.key.partition(":")
        if kind == "sid":
            self._end_session(rest, ended.reason)
        elif kind == "user" and ended.reason == RIGHTS_CHANGED:
            await self._renew_user(rest, ended)
        elif kind == "user":
            self._end_user(rest, ended)
        elif kind == "member":
            course_id, _, user_id = rest.partition(":")
            await self._end_membership(course_id, user_id)
        elif kind == "disconnect":
            self._disconnect(*rest.split(":", 1))
        elif kind == "unfollow":
            user_id, _, stream = rest.partition(":")
            self._unfollow(user_id, stream)

    def _end_session(self, session_id: str, reason: str) -> None:
        for connection in self._connections.all():
            if connection.claims.session_id == session_id:
                self._close(connection, reason)

    def _end_user(self, user_id: str, ended: Ended) -> None:
        for connection in self._connections.of_user(user_id):
            if connection.claims.permission_version < (ended.permission_version or 0):
                for stream in tuple(connection.followers):
                    self._forget(stream, user_id)
                self._close(connection, ended.reason)

    async def _renew_user(self, user_id: str, ended: Ended) -> None:
        for connection in self._connections.of_user(user_id):
            if connection.claims.permission_version < (ended.permission_version or 0):
                await self.renew(connection)

    async def renew(self, connection: Connection) -> None:
        """Put the rights that hold now on a connection: it leaves what it may not follow any more, and is told.

        Where they cannot be read it closes: whoever comes back is asked for a fresh token.
        """
        try:
            rights = await rights_of(connection.claims.user_id, now())
        except PyMongoError as error:
            log.warning("rights_unread", error=type(error).__name__)
            connection.close()
            return
        if rights is None:
            self._close(connection, "suspended")
            return
        connection.put_rights(rights)
        left = [name for name in tuple(connection.followers) if not await self._may_stay(connection, name)]
        for name in left:
            if (follower := connection.followers.get(name)) is not None:
                self._hub.leave(follower)
                self._forget(name, connection.claims.user_id)
        held = connection.claims.grants.held(rights.role)
        told = RightsOut(left=left, role=rights.role, permissions=[str(one) for one in held])
        connection.tell("session.permissions", told.model_dump(mode="json", by_alias=True, exclude_none=True))

    async def run(self) -> None:
        """Once a second, renew the connections of those for whom a role or a denial has just expired."""
        while True:
            await asyncio.sleep(EXPIRY_EVERY_S)
            for connection in self._connections.all():
                until = connection.claims.grants.until
                if until is not None and time.time() >= until:
                    await self.renew(connection)

    async def _end_membership(self, course_id: str, user_id: str) -> None:
        everyone = user_id == "*"
        found = self._connections.all() if everyone else self._connections.of_user(user_id)
        for connection in found:
            connection.rights_changed += 1
        for connection in found:
            for follower in tuple(connection.followers.values()):
                stream = parse_stream(follower.stream)
                if stream is None or stream.room is Room.USER or stream.object_id != course_id:
                    continue
                if not await self._may_stay(connection, follower.stream):
                    self._leave(follower)

    def _disconnect(self, kind: str, identity: str) -> None:
        """Close transports and say nothing of rights: clients come back by themselves, and may."""
        for connection in self._connections.of_user(identity) if kind == "user" else self._connections.all():
            if kind == "user" or identity == (connection.id if kind == "connection" else connection.claims.session_id):
                connection.close()

    def _unfollow(self, user_id: str, stream: str) -> None:
        for connection in self._connections.of_user(user_id):
            connection.rights_changed += 1
            if (follower := connection.followers.get(stream)) is not None:
                self._leave(follower)

    def _leave(self, follower: Follower) -> None:
        """Take the follower out of its stream and out of who is here, and say so."""
        connection, stream = follower.connection, follower.stream
        self._hub.leave(follower)
        self._forget(stream, connection.claims.user_id)
        left = RightsOut(left=[stream]).model_dump(by_alias=True, exclude_none=True)
        connection.outlet.tell(Namespace(stream.partition("/")[0]), "session.permissions", left)

    async def _may_stay(self, connection: Connection, name: str) -> bool:
        """Ask again, for a member who came back before the row was read; in doubt the member leaves."""
        stream = parse_stream(name)
        scope = Scope(connection.claims.actor, Unit(at=now()), self._keys)
        try:
            return stream is not None and await may_follow(scope, stream)
        except PyMongoError as error:
            log.warning("membership_unread", error=type(error).__name__)
            return False

    def _close(self, connection: Connection, reason: str) -> None:
        """Say why, where the client listens, then end the transport; a second reason comes too late."""
        if not connection.is_open:
            return
        for follower in tuple(connection.followers.values()):
            self._hub.leave(follower)
        ended = RightsOut(ended=reason).model_dump(by_alias=True, exclude_none=True)
        connection.tell("session.permissions", ended)
        connection.close()
