"""Enrollments: joining a course, leaving it, and the list of who is in."""

from __future__ import annotations

from beanie import PydanticObjectId

from models.accounts import User
from models.courses import Course
from models.enrollments import Enrollment
from schemas.enrollments import EnrollmentOut, RosterQuery, RosterRowOut
from schemas.events.courses import MembershipChanged
from schemas.page import Page, page_of
from schemas.types import SEATED, CourseStatus, EnrollmentState, folded
from services.errors import CourseClosed, CourseCompleted, CourseFull, NotAuthenticated, NotFound, OwnCourse
from services.people import people
from services.permissions import Permission
from services.scopes import CourseScope, Relation, Scope
from services.unit import Unit


async def enroll(scope: CourseScope) -> tuple[EnrollmentOut, bool]:
    """Join the course. A second time changes nothing and yields the same enrollment, and False."""
    scope.require(Permission.ENROLLMENT_SELF)
    if scope.enrollment is not None and scope.enrollment.state.is_seated:
        return _render(scope.enrollment), False
    _refuse_if_closed(scope)
    enrollment = await _join(scope)
    take_seats(scope.unit, scope.course, 1)
    tell(scope, enrollment)
    return _render(enrollment), True


def _refuse_if_closed(scope: CourseScope) -> None:
    if scope.relation >= Relation.STAFF:
        raise OwnCourse
    if scope.course.status is not CourseStatus.PUBLISHED:
        raise CourseClosed
    if scope.course.max_students is not None and scope.course.seats_taken >= scope.course.max_students:
        raise CourseFull


async def _join(scope: CourseScope) -> Enrollment:
    """Take up the old row, or begin one; the unique index decides between two at once."""
    if scope.enrollment is not None:
        scope.unit.change(scope.enrollment, state=EnrollmentState.ACTIVE)
        return scope.enrollment
    user = await User.get(scope.actor.object_id)
    if user is None:
        raise NotAuthenticated
    enrollment = new_enrollment(scope, scope.course.id, user.id, sort_name(user.first_name, user.last_name))
    scope.unit.insert(enrollment)
    return enrollment


def sort_name(first_name: str, last_name: str) -> str:
    """How the roster orders people; a single name is a first name."""
    return folded(f"{last_name} {first_name}".strip())


def new_enrollment(scope: Scope, course_id: PydanticObjectId, user_id: PydanticObjectId, sorted_as: str) -> Enrollment:
    """The row of a user who was never in the course."""
    return Enrollment(
        created_at=scope.at,
        updated_at=scope.at,
        course_id=course_id,
        user_id=user_id,
        enrolled_at=scope.at,
        sort_name=sorted_as,
    )


def take_seats(unit: Unit, course: Course, seats: int) -> None:
    """Count the seats only while so many are free, whatever others do at the same moment."""
    fits = {"$expr": {"$lte": [{"$add": ["$seats_taken", seats]}, "$max_students"]}}
    free = {} if course.max_students is None else fits
    unit.update(Course, {"_id": course.id, "deleted_at": None, **free}, {"$inc": {"seats_taken": seats}})


async def unenroll(scope: CourseScope) -> EnrollmentOut:
    """Leave the course: the seat is free, and nothing of the course arrives any more."""
    scope.require(Permission.ENROLLMENT_SELF)
    enrollment = scope.enrollment
    if enrollment is None:
        raise NotFound
    if enrollment.state is EnrollmentState.COMPLETED:
        raise CourseCompleted
    if enrollment.state is EnrollmentState.ACTIVE:
        scope.unit.change(enrollment, state=EnrollmentState.DROPPED)
        scope.unit.update(Course, {"_id": scope.course.id}, {"$inc": {"seats_taken": -1}})
        scope.unit.revoke(f"member:{scope.course.id}:{enrollment.user_id}", "unenrolled")
        tell(scope, enrollment)
    return _render(enrollment)


async def roster(scope: CourseScope, query: RosterQuery) -> Page[RosterRowOut]:
    """Everyone who is in the course, by family name."""
    scope.require(Permission.ENROLLMENT_READ)
    where = {"course_id": scope.course.id, "state": {"$in": sorted(SEATED)}}
    total = await Enrollment.find(where).count()
    found = Enrollment.find(where).sort("sort_name", "_id").skip(query.skip).limit(query.limit)
    enrollments = await found.to_list()
    known = await people(enrollment.user_id for enrollment in enrollments)
    rows = [
        RosterRowOut(**_render(enrollment).model_dump(), student=known.get(enrollment.user_id))
        for enrollment in enrollments
    ]
    return page_of(rows, query, total)


def tell(scope: CourseScope, enrollment: Enrollment) -> None:
    """Tell the student and the staff where the student stands now."""
    scope.unit.emit(
        MembershipChanged(
            course_id=str(scope.course.id),
            user_id=str(enrollment.user_id),
            enrollment_id=str(enrollment.id),
            state=enrollment.state,
        ),
        object_version=enrollment.version,
    )
    scope.unit.audit(f"enrollment.{enrollment.state}", f"enrollment:{enrollment.id}")
    scope.unit.touch(f"course:{scope.course.id}", "courses")


def _render(enrollment: Enrollment) -> EnrollmentOut:
    return EnrollmentOut.model_validate({**enrollment.model_dump(), "enrollment_id": enrollment.id})
