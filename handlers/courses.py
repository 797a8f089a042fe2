"""Courses over REST."""

from __future__ import annotations

from http import HTTPStatus

from handlers.call import Call, Route
from schemas.accounts import DoneOut
from schemas.courses import CourseCardOut, CourseChangeIn, CourseIn, CourseOut, CoursesQuery
from schemas.page import Page
from schemas.streams import Audience
from services import courses
from services.errors import CodeTaken
from services.permissions import Permission as P
from services.scopes import CourseScope, Scope


async def list_courses(call: Call[Scope, CoursesQuery]) -> Page[CourseCardOut]:
    """List the catalogue, newest first."""
    return await courses.list_courses(call.scope, call.input)


async def create_course(call: Call[Scope, CourseIn]) -> CourseOut:
    """Open a course."""
    return await courses.create_course(call.scope, call.input)


async def read_course(call: Call[CourseScope, None]) -> CourseOut:
    """Read one course."""
    return await courses.read_course(call.scope)


async def update_course(call: Call[CourseScope, CourseChangeIn]) -> CourseOut:
    """Change the given fields of a course; members see it live."""
    return await courses.update_course(call.scope, call.input)


async def delete_course(call: Call[CourseScope, None]) -> DoneOut:
    """Take a course out of sight."""
    await courses.delete_course(call.scope)
    return DoneOut()


NEW_COURSE = {
    "title": "Category theory for cooks",
    "description": "Arrows, and what they do to an onion.",
    "category": "science",
    "difficultyLevel": "beginner",
}

ROUTES = (
    Route("GET", "/courses", list_courses, CourseCardOut, P.COURSE_READ, query=CoursesQuery, listed=True),
    Route(
        "POST",
        "/courses",
        create_course,
        CourseOut,
        P.COURSE_CREATE,
        body=CourseIn,
        status=HTTPStatus.CREATED,
        example=NEW_COURSE,
        raises=(CodeTaken,),
    ),
    Route(
        "GET",
        "/courses/{course_id}",
        read_course,
        CourseOut,
        P.COURSE_READ,
        about="path.course_id",
        as_of=(Audience.COURSE, Audience.COURSE_STAFF, Audience.MEMBER_AND_STAFF),
    ),
    Route(
        "PUT",
        "/courses/{course_id}",
        update_course,
        CourseOut,
        P.COURSE_UPDATE,
        body=CourseChangeIn,
        about="path.course_id",
        example={"title": "Category theory for bakers"},
        raises=(CodeTaken,),
    ),
    Route("DELETE", "/courses/{course_id}", delete_course, DoneOut, P.COURSE_DELETE, about="path.course_id"),
)
