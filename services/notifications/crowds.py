"""Whom a crowd is made of, a page at a time, in the order of their ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from beanie import PydanticObjectId

from models.access import RoleAssignment
from models.accounts import User
from models.announcements import Announcement
from models.courses import Course
from models.enrollments import Enrollment
from models.messages import Message, ThreadMember
from schemas.jobs import NotifyArgs
from schemas.notifications import Crowd, Reason
from schemas.types import SEATED, AnnouncementStatus, ScopeType, UserStatus
from services.accounts.roles import alive
from services.notifications.kinds import SPEC_OF_KIND
from services.permissions import Permission, reaches_of

PAGE: Final = 500

Page = Mapping[PydanticObjectId, Reason]
"""Some of a crowd, and why each is in it."""

NOBODY: Final[Page] = {}


async def next_page(news: NotifyArgs, at: datetime) -> Page:
    """The next 500 behind `after`, as things stand at this instant; fewer when there are no more."""
    if not await _stands(news):
        return NOBODY
    after = PydanticObjectId(news.after) if news.after else None
    match news.to:
        case Crowd.PEOPLE:
            named = await _not_there_yet(news, [PydanticObjectId(person) for person in news.people])
            return _page(dict.fromkeys(_behind(named, after), SPEC_OF_KIND[news.kind].reason))
        case Crowd.EVERYONE:
            return dict.fromkeys(await _everyone(after), Reason.EVERYONE)
        case Crowd.COURSE | Crowd.COURSE_STAFF:
            return await _in_course(news, after, at)


async def staff_of(course: Course, at: datetime) -> set[PydanticObjectId]:
    """Who teaches the course, and who was given a role in it that lets them follow it as staff."""
    where = {"scope_type": ScopeType.COURSE, "scope_id": course.id, "role": {"$ne": None}, **alive(at)}
    given = await RoleAssignment.find(where).to_list()
    staff = {row.user_id for row in given if row.role and reaches_of(row.role, Permission.ENROLLMENT_READ)}
    return staff | {course.instructor_id}


async def _stands(news: NotifyArgs) -> bool:
    """Whether there is still something to tell: what was taken back meanwhile is told to nobody."""
    name, _, object_id = news.subject.partition(":")
    if name != "announcement":
        return True
    post = await Announcement.get(PydanticObjectId(object_id))
    return post is not None and post.status is AnnouncementStatus.POSTED


async def _not_there_yet(news: NotifyArgs, people: Sequence[PydanticObjectId]) -> Sequence[PydanticObjectId]:
    """All but those who have read the message meanwhile: whoever has the thread open needs no bell."""
    name, _, object_id = news.subject.partition(":")
    message = await Message.get(PydanticObjectId(object_id)) if name == "message" else None
    if message is None:
        return people
    where = {"thread_id": message.thread_id, "user_id": {"$in": people}, "last_read_seq": {"$gte": message.seq}}
    there = {row["user_id"] async for row in ThreadMember.get_pymongo_collection().find(where, {"user_id": 1})}
    return [person for person in people if person not in there]


async def _in_course(news: NotifyArgs, after: PydanticObjectId | None, at: datetime) -> Page:
    course = await Course.get(PydanticObjectId(news.course_id)) if news.course_id else None
    if course is None or course.deleted_at is not None:
        return NOBODY
    found = dict.fromkeys(_behind(await staff_of(course, at), after), Reason.STAFF)
    if news.to is Crowd.COURSE:
        found = dict.fromkeys(await _seated(course, after), Reason.IN_COURSE) | found
    return _page(found)


async def _seated(course: Course, after: PydanticObjectId | None) -> Sequence[PydanticObjectId]:
    where = {"course_id": course.id, "state": {"$in": sorted(SEATED)}, **_after("user_id", after)}
    rows = Enrollment.get_pymongo_collection().find(where, {"user_id": 1}, batch_size=PAGE + 1)
    return [row["user_id"] async for row in rows.sort("user_id", 1).limit(PAGE)]


async def _everyone(after: PydanticObjectId | None) -> Sequence[PydanticObjectId]:
    where = {"status": UserStatus.ACTIVE, **_after("_id", after)}
    rows = User.get_pymongo_collection().find(where, {"_id": 1}, batch_size=PAGE + 1)
    return [row["_id"] async for row in rows.sort("_id", 1).limit(PAGE)]


def _after(name: str, after: PydanticObjectId | None) -> Mapping[str, object]:
    return {} if after is None else {name: {"$gt": after}}


def _behind(people: Iterable[PydanticObjectId], after: PydanticObjectId | None) -> Sequence[PydanticObjectId]:
    return [person for person in people if after is None or person > after]


def _page(found: Page) -> Page:
    return {person: found[person] for person in sorted(found)[:PAGE]}
