"""Facts about announcements: each once for those of a course, and once for those of the whole school."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from schemas.events.base import Event, EventSpec
from schemas.streams import Audience


class Announced(Event):
    """What an announcement says."""

    announcement_id: str
    title: str
    content: str
    author_id: str
    posted_at: AwareDatetime | None
    expires_at: AwareDatetime | None


class AnnouncementPosted(Announced):
    """Course staff told everyone in the course something."""

    course_id: str


class AnnouncementUpdated(Announced):
    """A posted announcement now reads like this."""

    course_id: str


class AnnouncementExpired(Event):
    """The time of an announcement is over, as its author had set it."""

    announcement_id: str
    course_id: str


class AnnouncementWithdrawn(Event):
    """An announcement was taken back; its earlier events are empty now."""

    announcement_id: str
    course_id: str


class SchoolAnnouncementPosted(Announced):
    """Everyone at the school was told something."""

    course_id: None
    audience: Literal["school"]


class SchoolAnnouncementUpdated(Announced):
    """A posted announcement of the school now reads like this."""

    course_id: None
    audience: Literal["school"]


class SchoolAnnouncementExpired(Event):
    """The time of an announcement of the school is over, as its author had set it."""

    announcement_id: str
    course_id: None
    audience: Literal["school"]


class SchoolAnnouncementWithdrawn(Event):
    """An announcement of the school was taken back; its earlier events are empty now."""

    announcement_id: str
    course_id: None
    audience: Literal["school"]


SUBJECT = "announcement:{announcement_id}"

EVENTS = (
    EventSpec(AnnouncementPosted, "announcement.posted", 1, Audience.COURSE, SUBJECT),
    EventSpec(AnnouncementUpdated, "announcement.updated", 1, Audience.COURSE, SUBJECT),
    EventSpec(AnnouncementExpired, "announcement.expired", 1, Audience.COURSE, SUBJECT),
    EventSpec(AnnouncementWithdrawn, "announcement.withdrawn", 1, Audience.COURSE, SUBJECT, takes_back=True),
    EventSpec(SchoolAnnouncementPosted, "announcement.posted", 1, Audience.SCHOOL, SUBJECT),
    EventSpec(SchoolAnnouncementUpdated, "announcement.updated", 1, Audience.SCHOOL, SUBJECT),
    EventSpec(SchoolAnnouncementExpired, "announcement.expired", 1, Audience.SCHOOL, SUBJECT),
    EventSpec(SchoolAnnouncementWithdrawn, "announcement.withdrawn", 1, Audience.SCHOOL, SUBJECT, takes_back=True),
)
