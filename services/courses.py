"""Courses: the catalogue, and what their owners do with them."""

from __future__ import annotations

import re

from beanie import PydanticObjectId

from models.accounts import User
from models.courses import Course
from schemas.courses import CourseCardOut, CourseChangeIn, CourseIn, CourseOut, CoursesQuery, OwnEnrollmentOut
from schemas.events.courses import CourseChanges, CourseUpdated, DraftUpdated
from schemas.page import Page, page_of
from schemas.types import CourseStatus, ScopeType, UserRole, folded
from services.accounts.roles import held_in
from services.errors import CodeTaken, Forbidden
from services.following import followed
from services.people import people
from services.permissions import Permission, Reach
from services.scopes import CourseScope, Relation, Scope
from services.unit import Match

NULLABLE = frozenset({"code", "thumbnail_url", "max_students"})
"""The fields that null clears; for the others null leaves things as they are."""


def search_text(code: str | None, title: str, description: str) -> str:
    return folded("\n".join(filter(None, (code, title, description))))


async def create_course(scope: Scope, draft: CourseIn) -> CourseOut:
    """Open a course under the caller's name, or under another instructor's if an administrator asks."""
    scope.require(Permission.COURSE_CREATE)
    owner = await _owner(scope, draft)
    await _refuse_taken_code(draft.code)
    course = Course(
        created_at=scope.at,
        updated_at=scope.at,
        instructor_id=owner,
        search_text=search_text(draft.code, draft.title, draft.description),
        **draft.model_dump(exclude={"instructor_id"}),
    )
    scope.unit.insert(course)
    scope.unit.audit("course.created", f"course:{course.id}")
    scope.unit.touch("courses")
    return await _render(course, None)


async def _refuse_taken_code(code: str | None) -> None:
    """The unique index decides between two at once."""
    if code is not None and await Course.find_one({"code": code, "deleted_at": None}):
        raise CodeTaken


async def _owner(scope: Scope, draft: CourseIn) -> PydanticObjectId:
    if draft.instructor_id in {None, scope.actor.user_id}:
        return scope.actor.object_id
    if scope.actor.reach(Permission.COURSE_CREATE) is not Reach.ALL:
        raise Forbidden
    owner = await User.get(PydanticObjectId(draft.instructor_id))
    if owner is None or owner.role not in {UserRole.INSTRUCTOR, UserRole.ADMIN}:
        raise Forbidden
    return owner.id


async def list_courses(scope: Scope, query: CoursesQuery) -> Page[CourseCardOut]:
    """The catalogue, newest first. Drafts show to their staff and to those who may read every draft."""
    scope.require(Permission.COURSE_READ)
    where = {"deleted_at": None, **await _visible(scope), **_wanted(query)}
    if query.mine:
        where["_id"] = {"$in": await _mine(scope)}
    collection = Course.get_pymongo_collection()
    total = await collection.count_documents(where)
    newest = [("created_at", -1), ("_id", -1)]
    cursor = collection.find(where, {"search_text": 0, "join_code": 0}).sort(newest).skip(query.skip).limit(query.limit)
    rows = [row async for row in cursor]
    known = await people(row["instructor_id"] for row in rows)
    cards = [
        CourseCardOut.model_validate(
            {
                **row,
                "course_id": row["_id"],
                "instructor": known.get(row["instructor_id"]),
                "total_enrollments": row["seats_taken"],
            }
        )
        for row in rows
    ]
    return page_of(cards, query, total)


async def _visible(scope: Scope) -> Match:
    if scope.actor.reach(Permission.COURSE_READ_DRAFT) is Reach.ALL:
        return {}
    published: Match = {"status": {"$ne": CourseStatus.DRAFT}}
    if scope.actor.user_id is None:
        return published
    own: list[Match] = [published, {"instructor_id": scope.actor.object_id}]
    if scope.actor.grants.scoped:
        here = await held_in(scope.actor.object_id, ScopeType.COURSE, scope.at)
        own.append({"_id": {"$in": [course_id for course_id, held in here.items() if held.roles]}})
    return {"$or": own}


async def _mine(scope: Scope) -> list[PydanticObjectId]:
    return [PydanticObjectId(course_id) for course_id, _ in await followed(scope)] if scope.actor.user_id else []


def _wanted(query: CoursesQuery) -> Match:
    filters: Match = {
        "category": query.category,
        "difficulty_level": query.difficulty or query.difficulty_level,
        "instructor_id": query.instructor_id and PydanticObjectId(query.instructor_id),
        "search_text": query.search and {"$regex": re.escape(folded(query.search))},
    }
    return {name: wanted for name, wanted in filters.items() if wanted is not None}


async def read_course(scope: CourseScope) -> CourseOut:
    """One course, with the viewer's own place in it."""
    scope.require(Permission.COURSE_READ)
    return await _render(scope.course, scope)


async def update_course(scope: CourseScope, change: CourseChangeIn) -> CourseOut:
    """Change what is given and differs; members hear of exactly those fields."""
    scope.require(Permission.COURSE_UPDATE)
    course = scope.course
    changed = {
        name: value
        for name, value in change.model_dump(exclude_unset=True).items()
        if (value is not None or name in NULLABLE) and getattr(course, name) != value
    }
    if changed:
        await _refuse_taken_code(changed.get("code"))
        code, title = changed.get("code", course.code), changed.get("title", course.title)
        description = changed.get("description", course.description)
        scope.unit.change(course, **changed, search_text=search_text(code, title, description))
        told = DraftUpdated if course.status is CourseStatus.DRAFT else CourseUpdated
        scope.unit.emit(
            told(course_id=str(course.id), changes=CourseChanges.model_validate(changed)),
            object_version=course.version,
        )
        scope.unit.audit("course.updated", f"course:{course.id}", fields=", ".join(sorted(changed)))
        scope.unit.touch(f"course:{course.id}", "courses")
    return await _render(course, scope)


async def delete_course(scope: CourseScope) -> None:
    """Hide the course from everyone, and end what they follow of it; its history stays."""
    scope.require(Permission.COURSE_DELETE)
    scope.unit.change(scope.course, deleted_at=scope.at)
    scope.unit.revoke(f"member:{scope.course.id}:*", "course_deleted")
    scope.unit.redact(f"course:{scope.course.id}")
    scope.unit.audit("course.deleted", f"course:{scope.course.id}")
    scope.unit.touch(f"course:{scope.course.id}", "courses")


async def _render(course: Course, scope: CourseScope | None) -> CourseOut:
    known = await people([course.instructor_id])
    own = None
    if scope is not None and scope.enrollment is not None and scope.relation >= Relation.MEMBER:
        own = OwnEnrollmentOut(enrollment_id=str(scope.enrollment.id), enrolled_at=scope.enrollment.enrolled_at)
    return CourseOut.model_validate(
        {
            **course.model_dump(),
            "course_id": course.id,
            "instructor": known.get(course.instructor_id),
            "total_enrollments": course.seats_taken,
            "enrollment": own,
        }
    )
