"""Who is in which course."""

from __future__ import annotations

from typing import ClassVar

from beanie import PydanticObjectId
from pydantic import AwareDatetime
from pymongo import ASCENDING, IndexModel

from models.base import Record
from schemas.types import EnrollmentState


class Enrollment(Record):
    """One student in one course, for ever one row: leaving and coming back keep it."""

    course_id: PydanticObjectId
    user_id: PydanticObjectId
    state: EnrollmentState = EnrollmentState.ACTIVE
    enrolled_at: AwareDatetime
    sort_name: str

    class Settings:
        name = "enrollments"
        indexes: ClassVar = [
            IndexModel([("course_id", ASCENDING), ("user_id", ASCENDING)], name="once", unique=True),
            IndexModel([("user_id", ASCENDING), ("state", ASCENDING)], name="of_user"),
            IndexModel([("course_id", ASCENDING), ("state", ASCENDING), ("sort_name", ASCENDING)], name="roster"),
        ]
