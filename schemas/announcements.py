"""Announcements on the wire."""

from __future__ import annotations

from pydantic import AwareDatetime

from schemas.accounts import PersonOut
from schemas.page import PageQuery
from schemas.types import AnnouncementStatus, Id, In, Line, LongText, Out, OutId


class AnnouncementIn(In):
    """A new announcement to everyone in the course."""

    course_id: Id
    title: Line
    content: LongText


class AnnouncementChangeIn(In):
    """The texts to change; what is left out stays."""

    title: Line | None = None
    content: LongText | None = None


class AnnouncementsQuery(PageQuery):
    """The feed of one course, newest first."""

    course_id: Id


class AnnouncementOut(Out):
    """An announcement as every member of the course reads it."""

    announcement_id: OutId
    course_id: OutId
    title: str
    content: str
    author_id: OutId
    author: PersonOut | None
    status: AnnouncementStatus
    posted_at: AwareDatetime
    updated_at: AwareDatetime
    version: int
