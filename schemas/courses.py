"""Courses on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from schemas.accounts import PersonOut
from schemas.page import PageQuery
from schemas.types import CourseCategory, CourseStatus, DifficultyLevel, HttpsUrl, Id, In, Line, LongText, Out, OutId

MaxStudents = Annotated[int, Field(ge=1, le=100_000)]
CourseCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9](?:[A-Z0-9-]{0,28}[A-Z0-9])$")]
Search = Annotated[str, Field(min_length=1, max_length=100)]


class CourseIn(In):
    """A new course. Only an administrator may name another instructor than themselves."""

    title: Line
    code: CourseCode | None = None
    description: LongText
    category: CourseCategory
    difficulty_level: DifficultyLevel
    thumbnail_url: HttpsUrl | None = None
    instructor_id: Id | None = None
    status: CourseStatus = CourseStatus.PUBLISHED
    max_students: MaxStudents | None = None


class CourseChangeIn(In):
    """The fields to change; what is left out stays."""

    title: Line | None = None
    code: CourseCode | None = None
    description: LongText | None = None
    category: CourseCategory | None = None
    difficulty_level: DifficultyLevel | None = None
    thumbnail_url: HttpsUrl | None = None
    status: CourseStatus | None = None
    max_students: MaxStudents | None = None


class CoursesQuery(PageQuery):
    """`search` finds part of a word in code, title or description, whatever its case and accents.

    With `mine` only what the caller joined or teaches is found: the 200 that changed last.
    """

    category: CourseCategory | None = None
    difficulty: DifficultyLevel | None = None
    difficulty_level: DifficultyLevel | None = None
    instructor_id: Id | None = None
    mine: bool = False
    search: Search | None = None


class CourseCardOut(Out):
    """A course in a list."""

    course_id: OutId
    code: str | None = None
    title: str
    description: str
    thumbnail_url: str | None
    category: CourseCategory
    difficulty_level: DifficultyLevel
    status: CourseStatus
    instructor_id: OutId
    instructor: PersonOut | None
    total_enrollments: int
    max_students: int | None
    created_at: AwareDatetime
    updated_at: AwareDatetime


class OwnEnrollmentOut(Out):
    """The viewer's own place in the course."""

    enrollment_id: OutId
    enrolled_at: AwareDatetime


class CourseOut(CourseCardOut):
    """A course on its own page. `enrollment` is null for those who are not in it."""

    enrollment: OwnEnrollmentOut | None
