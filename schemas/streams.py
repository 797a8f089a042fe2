"""Audience to streams: the only place that knows who shares a stream.

A stream is `{namespace}/{room}`. Whoever may read a stream may read all of it, so two audiences of one
fact are two streams.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from itertools import product
from string import Formatter
from typing import TypeAlias


class Namespace(StrEnum):
    """The six Socket.IO namespaces; each holds the user's own stream."""

    ANNOUNCEMENTS = "announcements"
    GRADING = "grading"
    PROGRESS = "progress"
    NOTIFICATIONS = "notifications"
    COLLAB = "collab"
    FACULTY = "faculty"


class Room(StrEnum):
    """The kinds of room, which decide who may join (`services/access.py`)."""

    ALL = "all"
    USER = "user:{user_id}"
    COURSE = "course:{course_id}"
    COURSE_STAFF = "course:{course_id}:staff"
    THREAD = "thread:{thread_id}"

    @property
    def is_for_staff(self) -> bool:
        return self is Room.COURSE_STAFF


Address: TypeAlias = Mapping[str, str | tuple[str, ...]]
"""Ids by the name of their field; where there are several, each makes a stream."""


class Audience(Enum):
    """Who is told of an event, as the streams that it is written to."""

    SCHOOL = (f"{Namespace.ANNOUNCEMENTS}/{Room.ALL}",)
    ONESELF = (f"{Namespace.NOTIFICATIONS}/{Room.USER}",)
    COURSE = (f"{Namespace.ANNOUNCEMENTS}/{Room.COURSE}",)
    COURSE_STAFF = (f"{Namespace.GRADING}/{Room.COURSE_STAFF}",)
    COURSE_ROOM = (f"{Namespace.COLLAB}/{Room.COURSE}",)
    OWN_MESSAGES = (f"{Namespace.COLLAB}/{Room.USER}",)
    THREAD = (f"{Namespace.COLLAB}/{Room.THREAD}",)
    PARTICIPANTS = (f"{Namespace.COLLAB}/user:{{user_ids}}", f"{Namespace.COLLAB}/thread:{{thread_ids}}")
    MEMBER_AND_STAFF = (f"{Namespace.NOTIFICATIONS}/{Room.USER}", f"{Namespace.PROGRESS}/{Room.COURSE_STAFF}")

    def streams(self, address: Address) -> tuple[str, ...]:
        """Fill in the ids; a missing one is a `KeyError`, never a wider audience."""
        return tuple(sorted({name for template in self.value for name in _filled(template, address)}))


def _filled(template: str, address: Address) -> Iterator[str]:
    """The template with its ids; with one for each where a field has several, so with none where it is empty."""
    fields = [name for _, name, _, _ in Formatter().parse(template) if name]
    given = [address[name] for name in fields]
    for ids in product(*((one,) if isinstance(one, str) else one for one in given)):
        yield template.format_map(dict(zip(fields, ids, strict=True)))


COURSE_ROOMS: Mapping[Namespace, tuple[Room, ...]] = {
    Namespace.ANNOUNCEMENTS: (Room.COURSE,),
    Namespace.GRADING: (Room.COURSE, Room.COURSE_STAFF),
    Namespace.PROGRESS: (Room.COURSE_STAFF,),
    Namespace.COLLAB: (Room.COURSE,),
}
"""The streams of one course, by namespace; a namespace not named here has none."""


class Topic(StrEnum):
    """What a reader of server-sent events can ask for; each is the streams of some namespaces."""

    NOTIFICATIONS = "notifications"
    ASSIGNMENTS = "assignments"
    PROGRESS = "progress"


TOPIC_NAMESPACES: Mapping[Topic, frozenset[Namespace]] = {
    Topic.NOTIFICATIONS: frozenset({Namespace.ANNOUNCEMENTS, Namespace.NOTIFICATIONS}),
    Topic.ASSIGNMENTS: frozenset({Namespace.GRADING}),
    Topic.PROGRESS: frozenset({Namespace.PROGRESS}),
}


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream's name taken apart."""

    namespace: Namespace
    room: Room
    object_id: str

    @property
    def name(self) -> str:
        return f"{self.namespace}/{_fill(self.room, self.object_id)}"


_ROOM = re.compile(r"(?P<kind>user|course|thread):(?P<id>[0-9a-f]{24})(?P<staff>:staff)?")
_OUTSIDE_COURSES = {"user": Room.USER, "thread": Room.THREAD}


def _fill(room: Room, object_id: str) -> str:
    return re.sub(r"\{\w+\}", object_id, room)


SCHOOL_STREAM = Stream(Namespace.ANNOUNCEMENTS, Room.ALL, "")
"""What the whole school is told."""


def parse_stream(name: str) -> Stream | None:
    """Take a stream's name apart; None for anything that is not one of ours."""
    namespace, _, room = name.partition("/")
    if name == SCHOOL_STREAM.name:
        return SCHOOL_STREAM
    match = _ROOM.fullmatch(room)
    if match is None or namespace not in Namespace.__members__.values():
        return None
    if kind := _OUTSIDE_COURSES.get(match["kind"]):
        is_known = not match["staff"] and (kind is not Room.THREAD or namespace == Namespace.COLLAB)
        return Stream(Namespace(namespace), kind, match["id"]) if is_known else None
    kind = Room.COURSE_STAFF if match["staff"] else Room.COURSE
    if kind not in COURSE_ROOMS.get(Namespace(namespace), ()):
        return None
    return Stream(Namespace(namespace), kind, match["id"])


def user_stream(namespace: Namespace, user_id: str) -> str:
    """The stream that only this user reads."""
    return Stream(namespace, Room.USER, user_id).name


def course_streams(namespace: Namespace, course_id: str) -> tuple[Stream, ...]:
    """Every stream that this course has in this namespace."""
    return tuple(Stream(namespace, room, course_id) for room in COURSE_ROOMS.get(namespace, ()))
