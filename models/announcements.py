"""Announcements."""

from __future__ import annotations

from typing import ClassVar

from beanie import PydanticObjectId
from pydantic import AwareDatetime
from pymongo import ASCENDING, DESCENDING, IndexModel

from models.base import Record
from schemas.types import AnnouncementStatus


class Announcement(Record):
    """A message from course staff to everyone in the course."""

    course_id: PydanticObjectId
    author_id: PydanticObjectId
    title: str
    content: str
    status: AnnouncementStatus = AnnouncementStatus.POSTED
    posted_at: AwareDatetime

    class Settings:
        name = "announcements"
        indexes: ClassVar = [
            IndexModel(
                [("course_id", ASCENDING), ("status", ASCENDING), ("posted_at", DESCENDING)], name="feed"
            ),  # newest first in one course
        ]
