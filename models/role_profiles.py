"""What an account has because of its role: one row each; roles that are not here have none.

A row stays when the role changes, and goes with the person (`services/accounts/departure.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from beanie import PydanticObjectId
from pydantic import AwareDatetime
from pymongo import ASCENDING, IndexModel

from models.base import Record

OF_USER = IndexModel([("user_id", ASCENDING)], name="of_user", unique=True)


def numbered(field: str) -> IndexModel:
    """A number of the school's own, which two people cannot have and many have not got."""
    there = {field: {"$gt": ""}}
    return IndexModel([(field, ASCENDING)], name=f"{field}_once", unique=True, partialFilterExpression=there)


class RoleProfile(Record):
    """What all of them have."""

    user_id: PydanticObjectId


class ManagerProfile(RoleProfile):
    """A manager, as the school's office knows them."""

    employee_id: str | None = None
    department: str | None = None

    class Settings:
        name = "managers"
        indexes: ClassVar = [OF_USER, numbered("employee_id")]


class FacilitatorProfile(RoleProfile):
    """A facilitator; `max_course_load` is how many courses at a time."""

    employee_id: str | None = None
    department: str | None = None
    specialization: str | None = None
    max_course_load: int | None = None

    class Settings:
        name = "facilitators"
        indexes: ClassVar = [OF_USER, numbered("employee_id")]


class StudentProfile(RoleProfile):
    """A student, as the school's register knows them."""

    student_no: str | None = None
    cohort_id: PydanticObjectId | None = None

    class Settings:
        name = "students"
        indexes: ClassVar = [OF_USER, numbered("student_no")]


class TutorProfile(RoleProfile):
    """A tutor and what an hour costs, in the smallest unit of the currency."""

    hourly_rate_minor: int | None = None
    currency: str | None = None
    subjects: Sequence[str] = ()
    bio: str | None = None
    verified_at: AwareDatetime | None = None

    class Settings:
        name = "tutors"
        indexes: ClassVar = [OF_USER]


class MentorProfile(RoleProfile):
    """A mentor; `capacity` is how many mentees at a time."""

    capacity: int | None = None

    class Settings:
        name = "mentors"
        indexes: ClassVar = [OF_USER]
