"""Join codes over REST."""

from __future__ import annotations

from http import HTTPStatus

from handlers.call import Answer, Call, Route
from schemas.accounts import DoneOut
from schemas.enrollments import EnrollmentOut
from schemas.join_codes import JoinCodeIn, JoinCodeOut, JoinIn
from services import join_codes
from services.call_limits import Limit
from services.errors import CourseClosed, CourseFull, JoinCodeUnknown, OwnCourse
from services.permissions import Permission as P
from services.scopes import CourseScope, Scope


async def read_join_code(call: Call[CourseScope, None]) -> JoinCodeOut:
    """Read the course's join code."""
    return await join_codes.read_join_code(call.scope)


async def make_join_code(call: Call[CourseScope, JoinCodeIn]) -> JoinCodeOut:
    """Make a join code; it replaces the one before."""
    return await join_codes.make_join_code(call.scope, call.input)


async def remove_join_code(call: Call[CourseScope, None]) -> DoneOut:
    """Take the join code away."""
    await join_codes.remove_join_code(call.scope)
    return DoneOut()


async def join(call: Call[Scope, JoinIn]) -> Answer:
    """Join the course that has this code; a second time answers 200 with the same enrollment."""
    enrollment, is_new = await join_codes.join(call.scope, call.input)
    return Answer(enrollment, HTTPStatus.CREATED if is_new else HTTPStatus.OK)


CODE = "/courses/{course_id}/join-code"

ROUTES = (
    Route("GET", CODE, read_join_code, JoinCodeOut, P.ENROLLMENT_MANAGE, about="path.course_id"),
    Route(
        "POST",
        CODE,
        make_join_code,
        JoinCodeOut,
        P.ENROLLMENT_MANAGE,
        body=JoinCodeIn,
        about="path.course_id",
        status=HTTPStatus.CREATED,
        example={"expiresInDays": 30},
    ),
    Route("DELETE", CODE, remove_join_code, DoneOut, P.ENROLLMENT_MANAGE, about="path.course_id"),
    Route(
        "POST",
        "/courses/join",
        join,
        EnrollmentOut,
        P.ENROLLMENT_SELF,
        body=JoinIn,
        status=HTTPStatus.CREATED,
        example={"code": "K7QM-2XPD"},
        also=(HTTPStatus.OK,),
        limit=Limit.JOIN_CODE,
        raises=(CourseClosed, CourseFull, JoinCodeUnknown, OwnCourse),
    ),
)
