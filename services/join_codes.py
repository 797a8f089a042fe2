"""Join codes: a short text that staff hand out, and with which students join without searching."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import Final

from models.courses import Course
from schemas.enrollments import EnrollmentOut
from schemas.join_codes import JoinCodeIn, JoinCodeOut, JoinIn
from schemas.types import CourseStatus
from services.access import enter_course
from services.enrollments import enroll
from services.errors import JoinCodeUnknown
from services.permissions import Permission
from services.scopes import CourseScope, Scope

ALPHABET: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without I, L, O, 0 and 1, which look alike on a board."""

LENGTH: Final = 8


async def read_join_code(scope: CourseScope) -> JoinCodeOut:
    """The present code; one that has expired is none."""
    scope.require(Permission.ENROLLMENT_MANAGE)
    return _render(scope)


async def make_join_code(scope: CourseScope, draft: JoinCodeIn) -> JoinCodeOut:
    """Replace the course's code by a new one; the old one opens nothing any more."""
    scope.require(Permission.ENROLLMENT_MANAGE)
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    expires = scope.at + timedelta(days=draft.expires_in_days) if draft.expires_in_days else None
    scope.unit.change(scope.course, join_code=code, join_code_expires_at=expires)
    scope.unit.audit("join_code.made", f"course:{scope.course.id}")
    return _render(scope)


async def remove_join_code(scope: CourseScope) -> None:
    """Take the code away; a second time changes nothing."""
    scope.require(Permission.ENROLLMENT_MANAGE)
    if scope.course.join_code is not None:
        scope.unit.change(scope.course, join_code=None, join_code_expires_at=None)
        scope.unit.audit("join_code.removed", f"course:{scope.course.id}")


async def join(scope: Scope, draft: JoinIn) -> tuple[EnrollmentOut, bool]:
    """Join the published course that has this code, by the rules of `enroll`."""
    scope.require(Permission.ENROLLMENT_SELF)
    code = re.sub(r"[\s-]", "", draft.code).upper()
    course = await Course.find_one({"join_code": code, "deleted_at": None})
    if course is None or course.status is CourseStatus.DRAFT or not _holds(course, scope):
        raise JoinCodeUnknown
    return await enroll(await enter_course(scope, str(course.id)))


def _holds(course: Course, scope: Scope) -> bool:
    return course.join_code_expires_at is None or course.join_code_expires_at > scope.at


def _render(scope: CourseScope) -> JoinCodeOut:
    course = scope.course
    if course.join_code is None or not _holds(course, scope):
        return JoinCodeOut(course_id=str(course.id), code=None, expires_at=None)
    return JoinCodeOut(course_id=str(course.id), code=course.join_code, expires_at=course.join_code_expires_at)
