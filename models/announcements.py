"""Announcements, and who has read them."""

from __future__ import annotations

from typing import ClassVar

from beanie import Document, PydanticObjectId
from pydantic import AwareDatetime
from pymongo import ASCENDING, DESCENDING, IndexModel

from models.base import Record
from schemas.types import AnnouncementStatus


class Announcement(Record):
    """A message from course staff to everyone in the course; without a course it is for the whole school.

    `scheduled_at` and `expires_at` are instants. Where the author gave the time of a clock on the wall, that time and
    its zone are kept beside them, and count: the rules of a zone may change in between.
    """

    course_id: PydanticObjectId | None = None
    author_id: PydanticObjectId
    title: str
    content: str
    status: AnnouncementStatus = AnnouncementStatus.POSTED
    posted_at: AwareDatetime | None = None
    edited_at: AwareDatetime | None = None
    scheduled_at: AwareDatetime | None = None
    scheduled_wall: str | None = None
    expires_at: AwareDatetime | None = None
    expires_wall: str | None = None
    timezone: str | None = None
    notify: bool = True

    class Settings:
        name = "announcements"
        indexes: ClassVar = [
            IndexModel(
                [("course_id", ASCENDING), ("status", ASCENDING), ("posted_at", DESCENDING)], name="feed"
            ),  # newest first in one course, or in the school
        ]


class AnnouncementRead(Document):
    """Somebody has seen an announcement. `counts` for those whom it was for, and not for its staff."""

    id: PydanticObjectId
    announcement_id: PydanticObjectId
    user_id: PydanticObjectId
    counts: bool
    at: AwareDatetime

    class Settings:
        name = "announcement_reads"
        indexes: ClassVar = [
            IndexModel([("announcement_id", ASCENDING), ("user_id", ASCENDING)], name="once", unique=True),
            IndexModel([("announcement_id", ASCENDING), ("counts", ASCENDING)], name="seen_by"),  # how many
            IndexModel([("user_id", ASCENDING), ("announcement_id", ASCENDING)], name="of_user"),  # which of a list
        ]
