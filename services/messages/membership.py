"""Who is in a thread, now or as a transaction sees it, and which threads somebody is in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from beanie import PydanticObjectId
from pymongo.asynchronous.client_session import AsyncClientSession

from models.access import RoleAssignment
from models.courses import Course
from models.messages import Block, Thread, ThreadMember
from schemas.messages import ThreadKind
from schemas.types import ScopeType
from services.accounts.roles import alive
from services.unit import Match, Unit

NOT_STORED = 0
"""The version of a member by rule whose row nobody has needed yet."""


def pair_of(one: PydanticObjectId, other: PydanticObjectId) -> str:
    """The two people of a direct thread, whoever began it."""
    return ":".join(sorted((str(one), str(other))))


def new_member(thread: Thread, user_id: PydanticObjectId, at: datetime) -> ThreadMember:
    return ThreadMember(created_at=at, updated_at=at, thread_id=thread.id, user_id=user_id)


def _by_rule(thread_id: PydanticObjectId, user_id: PydanticObjectId, at: datetime) -> ThreadMember:
    return ThreadMember(
        version=NOT_STORED, created_at=at, updated_at=at, thread_id=thread_id, user_id=user_id, by_rule=True
    )


def keep(unit: Unit, member: ThreadMember, **fields: object) -> None:
    """Change somebody's row; that of a member by rule is stored with its first change."""
    if member.version > NOT_STORED:
        unit.change(member, **fields)
        return
    for name, value in {**fields, "version": NOT_STORED + 1, "updated_at": unit.at}.items():
        setattr(member, name, value)
    unit.insert(member)


async def staff_of(
    course_id: PydanticObjectId | None, at: datetime, session: AsyncClientSession | None = None
) -> list[PydanticObjectId]:
    """The instructor of a course and those who are assigned to it."""
    course = await Course.find_one({"_id": course_id, "deleted_at": None}, session=session)
    if course is None:
        return []
    given = {"scope_type": ScopeType.COURSE, "scope_id": course_id, "role": {"$ne": None}, **alive(at)}
    rows = await RoleAssignment.find(given, session=session).to_list()
    return list(dict.fromkeys((course.instructor_id, *(row.user_id for row in rows))))


async def staffed_by(user_id: PydanticObjectId, at: datetime) -> list[PydanticObjectId]:
    """The courses of whose staff somebody is: the other way round of `staff_of`."""
    given = {"user_id": user_id, "scope_type": ScopeType.COURSE, "role": {"$ne": None}, **alive(at)}
    assigned = [row.scope_id async for row in RoleAssignment.find(given)]
    where = {"deleted_at": None, "$or": [{"instructor_id": user_id}, {"_id": {"$in": assigned}}]}
    return [row["_id"] async for row in Course.get_pymongo_collection().find(where, {"_id": 1})]


async def members_of(
    thread: Thread, at: datetime, session: AsyncClientSession | None = None
) -> dict[PydanticObjectId, ThreadMember]:
    """Everybody who is in the thread at this instant, in the order in which they came."""
    rows = await ThreadMember.find({"thread_id": thread.id, "left_at": None}, session=session).sort("_id").to_list()
    inside = {row.user_id: row for row in rows if not row.by_rule}
    if thread.kind is ThreadKind.COURSE_QUESTION:
        known = {row.user_id: row for row in rows}
        for user_id in await staff_of(thread.course_id, at, session):
            inside.setdefault(user_id, known.get(user_id) or _by_rule(thread.id, user_id, at))
    return inside


async def member_of(thread: Thread, user_id: PydanticObjectId, at: datetime) -> ThreadMember | None:
    """How somebody stands in the thread; None for those who are not in it."""
    row = await ThreadMember.find_one({"thread_id": thread.id, "user_id": user_id, "left_at": None})
    if row is not None and not row.by_rule:
        return row
    if thread.kind is not ThreadKind.COURSE_QUESTION or user_id not in await staff_of(thread.course_id, at):
        return None
    return row or _by_rule(thread.id, user_id, at)


async def is_hidden(thread: Thread, user_id: PydanticObjectId) -> bool:
    """Whether somebody has hidden this thread of two by blocking the other."""
    if thread.pair is None:
        return False
    (other,) = {*thread.pair.split(":")} - {str(user_id)}
    return await Block.find_one({"blocker_id": user_id, "blocked_id": PydanticObjectId(other)}) is not None


async def own_threads(user_id: PydanticObjectId, at: datetime) -> dict[PydanticObjectId, ThreadMember]:
    """Every thread that somebody is in and sees, with how they stand in it."""
    rows = await ThreadMember.find({"user_id": user_id, "left_at": None}).to_list()
    found = {row.thread_id: row for row in rows if not row.by_rule}
    if courses := await staffed_by(user_id, at):
        known = {row.thread_id: row for row in rows}
        where = {"course_id": {"$in": courses}, "kind": ThreadKind.COURSE_QUESTION}
        for thread_id in await _ids(where):
            found.setdefault(thread_id, known.get(thread_id) or _by_rule(thread_id, user_id, at))
    blocked = [row.blocked_id async for row in Block.find({"blocker_id": user_id})]
    if blocked:
        for thread_id in await _ids({"pair": {"$in": [pair_of(user_id, one) for one in blocked]}}):
            found.pop(thread_id, None)
    return found


async def _ids(where: Match) -> Iterable[PydanticObjectId]:
    return [row["_id"] async for row in Thread.get_pymongo_collection().find(where, {"_id": 1})]
