"""Who is in which namespace, known by the sockets themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Never

import socketio

from realtime.transport.session import Session


class Members(socketio.AsyncManager):  # type: ignore[misc]  # the library has no types
    """Drop-in for the library's manager: a socket holds its namespaces, and there are no rooms.

    The library keeps a two-way dictionary for every client and room, 1 KB each, and scans all of them at each
    disconnect; and it counts a client as reachable before anybody has let it in. Here a Socket.IO id is the
    Engine.IO id and the number of the namespace, so nothing is kept that could leak. Who follows what is the
    hub's affair.
    """

    def __init__(self, namespaces: tuple[str, ...], sockets: Mapping[str, Session]) -> None:
        super().__init__()
        self._index: Final = {name: chr(ord("a") + number) for number, name in enumerate(namespaces)}
        self._sockets = sockets

    def get_namespaces(self) -> tuple[str, ...]:
        return tuple(self._index)

    async def pre_connect(self, eio_sid: str, namespace: str) -> str | None:
        """A CONNECT has come; None when there is one already."""
        session = self._sockets.get(eio_sid)
        if session is None or namespace in session.namespaces or namespace in session.pending:
            return None
        session.pending += (namespace,)
        return eio_sid + self._index[namespace]

    async def connect(self, sid: str, namespace: str) -> str:
        """The CONNECT was accepted: from here on the client is a member."""
        if (session := self._sockets.get(sid[:-1])) is not None:
            session.pending = _without(session.pending, namespace)
            session.namespaces += (namespace,)
        return sid

    async def disconnect(self, sid: str, namespace: str, **_: object) -> None:
        if (session := self._sockets.get(sid[:-1])) is not None:
            session.pending = _without(session.pending, namespace)
            session.namespaces = _without(session.namespaces, namespace)

    def is_connected(self, sid: str | None, namespace: str) -> bool:
        session = self._sockets.get(sid[:-1]) if sid else None
        return session is not None and namespace in session.namespaces

    async def can_disconnect(self, sid: str, namespace: str) -> bool:
        return self.is_connected(sid, namespace)

    def pre_disconnect(self, sid: str, namespace: str) -> str | None:
        return self.eio_sid_from_sid(sid, namespace)

    def sid_from_eio_sid(self, eio_sid: str, namespace: str) -> str | None:
        letter = self._index.get(namespace)
        return None if letter is None else eio_sid + letter

    def eio_sid_from_sid(self, sid: str, namespace: str) -> str | None:  # noqa: ARG002 - the library's signature
        return sid[:-1]

    async def trigger_callback(self, sid: str, id: int, data: object) -> None:  # noqa: A002 - the library's signature
        """An ack of the client: we ask for none, so it means nothing."""

    async def emit(self, *_: object, **__: object) -> Never:
        """Events leave through the hub alone, to those who follow a stream."""
        raise NotImplementedError


def _without(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(kept for kept in names if kept != name)
