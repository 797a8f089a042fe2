"""Who is in a course's room just now, and who is typing there. None of it is kept, and any of it may be lost.

So each tells the number of people who are here: a client that has come to another one asks for the list again.
"""

from __future__ import annotations

from pydantic import AwareDatetime

from schemas.events.base import Delivery, Event, EventSpec
from schemas.streams import Audience
from schemas.types import UserRole


class PresenceJoined(Event):
    """Someone came, on the first of their devices."""

    course_id: str
    user_id: str
    name: str
    role: UserRole
    since: AwareDatetime
    count: int


class PresenceLeft(Event):
    """Someone is gone, with the last of their devices."""

    course_id: str
    user_id: str
    count: int


class PresenceChanged(Event):
    """So many are here: told in place of names above 200, and once more when they can be listed again."""

    course_id: str
    count: int


class MemberTyping(Event):
    """Someone is writing; it holds for `in_ms` milliseconds and ends by itself."""

    course_id: str
    user_id: str
    name: str
    where: str
    in_ms: int


SUBJECT = "course:{course_id}"

EVENTS = (
    EventSpec(PresenceJoined, "presence.joined", 1, Audience.COURSE_ROOM, SUBJECT, Delivery.EPHEMERAL),
    EventSpec(PresenceLeft, "presence.left", 1, Audience.COURSE_ROOM, SUBJECT, Delivery.EPHEMERAL),
    EventSpec(PresenceChanged, "presence.changed", 1, Audience.COURSE_ROOM, SUBJECT, Delivery.EPHEMERAL),
    EventSpec(MemberTyping, "typing", 1, Audience.COURSE_ROOM, SUBJECT, Delivery.EPHEMERAL),
)
