"""Courses."""

from __future__ import annotations

from typing import ClassVar

from beanie import PydanticObjectId
from pydantic import AwareDatetime
from pymongo import ASCENDING, DESCENDING, IndexModel

from models.base import Record
from schemas.types import CourseCategory, CourseStatus, DifficultyLevel


class Course(Record):
    """A course, its owner, and how many seats are taken.

    `search_text` is folded code, title and description; `join_code` is for its staff to hand out.
    """

    title: str
    code: str | None = None
    description: str
    thumbnail_url: str | None = None
    category: CourseCategory
    difficulty_level: DifficultyLevel
    status: CourseStatus = CourseStatus.PUBLISHED
    instructor_id: PydanticObjectId
    max_students: int | None = None
    seats_taken: int = 0
    join_code: str | None = None
    join_code_expires_at: AwareDatetime | None = None
    search_text: str
    deleted_at: AwareDatetime | None = None

    class Settings:
        name = "courses"
        indexes: ClassVar = [
            IndexModel(
                [("status", ASCENDING), ("category", ASCENDING), ("difficulty_level", ASCENDING)], name="catalogue"
            ),
            IndexModel([("status", ASCENDING), ("created_at", DESCENDING)], name="newest"),  # the list as it opens
            IndexModel(
                [("created_at", DESCENDING), ("_id", DESCENDING)], name="by_age"
            ),  # with drafts, for who reads all
            IndexModel([("instructor_id", ASCENDING), ("created_at", DESCENDING)], name="of_instructor"),
            IndexModel(  # a code names one course; that of a deleted course is free again
                [("code", ASCENDING)],
                name="code",
                unique=True,
                partialFilterExpression={"code": {"$gt": ""}, "deleted_at": None},
            ),
            IndexModel(  # who joins by it
                [("join_code", ASCENDING)],
                name="join_code",
                unique=True,
                partialFilterExpression={"join_code": {"$gt": ""}},
            ),
        ]
