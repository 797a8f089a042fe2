"""Role profiles on the wire: what an account has because of its role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeAlias

from pydantic import AwareDatetime, StringConstraints

from schemas.types import Out, OutId

Number = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_upper=True, max_length=32, pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9./_-]*[A-Za-z0-9])?$"
    ),
]
"""A number that the school gives; its letters count the same in either case."""


class ManagerProfileOut(Out):
    """A manager, as the school's office knows them."""

    employee_id: str | None
    department: str | None


class FacilitatorProfileOut(ManagerProfileOut):
    """A facilitator; `maxCourseLoad` is how many courses at a time."""

    specialization: str | None
    max_course_load: int | None


class StudentProfileOut(Out):
    """A student, as the school's register knows them."""

    student_no: str | None
    cohort_id: OutId | None


class TutorProfileOut(Out):
    """A tutor and what an hour costs, in the smallest unit of the currency."""

    hourly_rate_minor: int | None
    currency: str | None
    subjects: Sequence[str]
    bio: str | None
    verified_at: AwareDatetime | None


class MentorProfileOut(Out):
    """A mentor; `capacity` is how many mentees at a time."""

    capacity: int | None


RoleProfileOut: TypeAlias = (
    FacilitatorProfileOut | ManagerProfileOut | StudentProfileOut | TutorProfileOut | MentorProfileOut
)
