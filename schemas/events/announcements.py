"""Facts about announcements."""

from __future__ import annotations

from schemas.events.base import Event, EventSpec
from schemas.streams import Audience


class AnnouncementPosted(Event):
    """Course staff told everyone in the course something."""

    announcement_id: str
    course_id: str
    title: str
    content: str
    author_id: str


class AnnouncementUpdated(Event):
    """A posted announcement now reads like this."""

    announcement_id: str
    course_id: str
    title: str
    content: str
    author_id: str


class AnnouncementWithdrawn(Event):
    """An announcement was taken back; its earlier events are empty now."""

    announcement_id: str
    course_id: str


SUBJECT = "announcement:{announcement_id}"

EVENTS = (
    EventSpec(AnnouncementPosted, "announcement.posted", 1, Audience.COURSE, SUBJECT),
    EventSpec(AnnouncementUpdated, "announcement.updated", 1, Audience.COURSE, SUBJECT),
    EventSpec(AnnouncementWithdrawn, "announcement.withdrawn", 1, Audience.COURSE, SUBJECT, takes_back=True),
)
