"""Joining and leaving courses over REST, and the roster."""

from __future__ import annotations

from http import HTTPStatus

from handlers.call import Answer, Call, Route
from schemas.enrollments import EnrollmentOut, RosterQuery, RosterRowOut
from schemas.page import Page
from schemas.streams import Audience
from services import enrollments
from services.errors import CourseClosed, CourseCompleted, CourseFull, OwnCourse
from services.permissions import Permission as P
from services.scopes import CourseScope


async def enroll(call: Call[CourseScope, None]) -> Answer:
    """Join a course; a second time answers 200 with the same enrollment."""
    enrollment, is_new = await enrollments.enroll(call.scope)
    return Answer(enrollment, HTTPStatus.CREATED if is_new else HTTPStatus.OK)


async def unenroll(call: Call[CourseScope, None]) -> EnrollmentOut:
    """Leave a course."""
    return await enrollments.unenroll(call.scope)


async def roster(call: Call[CourseScope, RosterQuery]) -> Page[RosterRowOut]:
    """List who is in the course, by family name."""
    return await enrollments.roster(call.scope, call.input)


ROUTES = (
    Route(
        "POST",
        "/courses/{course_id}/enroll",
        enroll,
        EnrollmentOut,
        P.ENROLLMENT_SELF,
        about="path.course_id",
        status=HTTPStatus.CREATED,
        also=(HTTPStatus.OK,),
        raises=(CourseClosed, CourseFull, OwnCourse),
    ),
    Route(
        "DELETE",
        "/courses/{course_id}/enroll",
        unenroll,
        EnrollmentOut,
        P.ENROLLMENT_SELF,
        about="path.course_id",
        raises=(CourseCompleted,),
    ),
    Route(
        "GET",
        "/courses/{course_id}/roster",
        roster,
        RosterRowOut,
        P.ENROLLMENT_READ,
        query=RosterQuery,
        about="path.course_id",
        as_of=(Audience.MEMBER_AND_STAFF,),
        listed=True,
    ),
)
