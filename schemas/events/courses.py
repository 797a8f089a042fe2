"""Facts about courses and about who is in them."""

from __future__ import annotations

from schemas.events.base import Event, EventSpec
from schemas.streams import Audience
from schemas.types import CourseCategory, CourseStatus, DifficultyLevel, EnrollmentState


class CourseChanges(Event):
    """The fields that changed, with their new values; a field that did not change is absent."""

    title: str | None = None
    code: str | None = None
    description: str | None = None
    thumbnail_url: str | None = None
    category: CourseCategory | None = None
    difficulty_level: DifficultyLevel | None = None
    status: CourseStatus | None = None
    max_students: int | None = None


class CourseUpdated(Event):
    """A course that its members can see has changed."""

    course_id: str
    changes: CourseChanges


class DraftUpdated(Event):
    """A course that only its staff can see has changed."""

    course_id: str
    changes: CourseChanges


class MembershipChanged(Event):
    """A student joined or left a course."""

    course_id: str
    user_id: str
    enrollment_id: str
    state: EnrollmentState


class CourseImported(Event):
    """An import made this course, or added people to it; `enrollments` counts all it has now, past ones included."""

    course_id: str
    code: str
    title: str
    enrollments: int


EVENTS = (
    EventSpec(CourseUpdated, "course.updated", 1, Audience.COURSE, "course:{course_id}"),
    EventSpec(DraftUpdated, "course.updated", 1, Audience.COURSE_STAFF, "course:{course_id}"),
    EventSpec(CourseImported, "course.imported", 1, Audience.COURSE_STAFF, "course:{course_id}"),
    EventSpec(MembershipChanged, "membership.changed", 1, Audience.MEMBER_AND_STAFF, "enrollment:{enrollment_id}"),
)
