"""Enrollments on the wire."""

from __future__ import annotations

from pydantic import AwareDatetime

from schemas.accounts import PersonOut
from schemas.page import PageQuery
from schemas.types import EnrollmentState, Out, OutId


class EnrollmentOut(Out):
    """A student's place in a course."""

    enrollment_id: OutId
    course_id: OutId
    user_id: OutId
    state: EnrollmentState
    enrolled_at: AwareDatetime


class RosterRowOut(EnrollmentOut):
    """A row of the list of students, for staff."""

    student: PersonOut | None


class RosterQuery(PageQuery):
    """Everyone who is in the course now, by family name."""
