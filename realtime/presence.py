"""Presence: who follows a course's room in /collab, by person and not by device, over all instances."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Final, Protocol

import structlog
from pymongo.errors import PyMongoError

from realtime.attendance import AttendanceBook, Moved
from realtime.connection import Connection
from realtime.ephemeral import Ephemeral
from schemas.events.presence import PresenceChanged, PresenceJoined, PresenceLeft
from schemas.presence import MAX_LISTED
from schemas.streams import Audience
from services.ports import Attendance
from services.presence import present

BEATS_IN_GRACE: Final = 3
"""So one lost beat costs nobody their place."""

GATHER_S: Final = 0.05
"""Those who come within this time come in one call: a class of 300 that opens a page is a few calls, not 300."""

_PREFIX: Final = Audience.COURSE_ROOM.streams({"course_id": ""})[0]

log = structlog.get_logger(__name__)


class Rooms(Protocol):
    """Who follows what at this process."""

    def following(self, stream: str) -> Iterable[Connection]: ...


class Presence:
    """Tells a room who comes and who goes; one for each process.

    `changed` and `forget` are called by those who let people into streams and out of them, and only note it.
    """

    def __init__(self, rooms: Rooms, book: AttendanceBook, ephemeral: Ephemeral, grace_s: float) -> None:
        self._rooms = rooms
        self._book = book
        self._ephemeral = ephemeral
        self._every_s = grace_s / BEATS_IN_GRACE
        self._here: dict[str, set[str]] = {}
        self._crowds: dict[str, int] = {}
        self._dirty: set[str] = set()
        self._forgotten: list[tuple[str, str]] = []
        self._wake = asyncio.Event()

    def changed(self, stream: str) -> None:
        """Somebody began or ceased to follow the stream here."""
        if stream.startswith(_PREFIX):
            self._dirty.add(stream.removeprefix(_PREFIX))
            self._wake.set()

    def forget(self, stream: str, user_id: str) -> None:
        """The right to the stream has ended: this person is gone at once, and not after the grace."""
        if stream.startswith(_PREFIX):
            self._forgotten.append((stream.removeprefix(_PREFIX), user_id))
            self._wake.set()

    async def read(self, course_id: str) -> Attendance:
        """Who is in the course, wherever they are connected."""
        return await self._book.read(course_id)

    async def run(self) -> None:
        """Tell of changes as they come, and say of everyone three times in the grace that they are still here."""
        clock = asyncio.get_running_loop().time
        due_at = clock()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(due_at):
                    await self._wake.wait()
            await asyncio.sleep(GATHER_S)
            self._wake.clear()
            is_beat = clock() >= due_at
            if is_beat:
                due_at = clock() + self._every_s
            try:
                await self._forget()
                await self._move_on(is_beat=is_beat)
            except PyMongoError as error:
                log.warning("presence_untold", error=type(error).__name__)

    async def _forget(self) -> None:
        forgotten, self._forgotten = self._forgotten, []
        for course_id, user_id in forgotten:
            self._here.get(course_id, set()).discard(user_id)
            await self._tell(course_id, await self._book.remove(course_id, user_id), is_beat=False)

    async def _move_on(self, *, is_beat: bool) -> None:
        """A beat is for everyone; between beats only those who came or went are spoken of."""
        courses, self._dirty = self._dirty | (self._here.keys() if is_beat else set()), set()
        here: dict[str, list[str]] = {}
        gone: dict[str, list[str]] = {}
        for course_id in courses:
            before, now = self._here.get(course_id, set()), self._users(course_id)
            here[course_id], gone[course_id] = sorted(now if is_beat else now - before), sorted(before - now)
            self._here[course_id] = now
            if not now:
                del self._here[course_id]
                self._crowds.pop(course_id, None)
        if courses:
            for course_id, moved in (await self._book.move_on(here, gone)).items():
                await self._tell(course_id, moved, is_beat=is_beat)

    def _users(self, course_id: str) -> set[str]:
        return {connection.claims.user_id for connection in self._rooms.following(_PREFIX + course_id)}

    async def _tell(self, course_id: str, moved: Moved, *, is_beat: bool) -> None:
        """A crowd is told its number only, by each process to its own and at beats.

        10,000 people who come within a minute are 12 events to each of them, where names would be 10,000.
        """
        if moved.count > MAX_LISTED or (is_beat and course_id in self._crowds):
            if is_beat and self._crowds.get(course_id) != moved.count:
                self._ephemeral.tell_here(PresenceChanged(course_id=course_id, count=moved.count))
                self._crowds[course_id] = moved.count
            if moved.count <= MAX_LISTED:
                self._crowds.pop(course_id, None)
            return
        await self._tell_names(course_id, moved)

    async def _tell_names(self, course_id: str, moved: Moved) -> None:
        count = moved.count + len(moved.left) - len(moved.joined)
        for person in await present(moved.joined) if moved.joined else ():
            count += 1
            self._ephemeral.tell(
                PresenceJoined(
                    course_id=course_id,
                    user_id=person.id,
                    name=person.name,
                    role=person.role,
                    since=person.since,
                    count=count,
                )
            )
        for user_id in moved.left:
            count -= 1
            self._ephemeral.tell(PresenceLeft(course_id=course_id, user_id=user_id, count=count))
