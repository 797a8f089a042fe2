"""Receipts: who has read an announcement, and how many of those whom it is for.

The counts are read and not told: each reader is a write of their own, and events of them all on one stream would make
10,000 readers wait for each other. A page that shows the counts asks again now and then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from beanie import PydanticObjectId

from models.accounts import User
from models.announcements import Announcement, AnnouncementRead
from models.enrollments import Enrollment
from schemas.announcements import ReadOut, SeenOut
from schemas.types import SEATED, AnnouncementStatus, UserStatus
from services.errors import InvalidTransition
from services.permissions import Permission
from services.scopes import AnnouncementScope, CourseScope
from services.unit import Match


async def mark_read(scope: AnnouncementScope) -> ReadOut:
    """The caller has read it; saying so twice, or of one's own, changes nothing."""
    scope.require(Permission.ANNOUNCEMENT_READ)
    post, reader = scope.announcement, scope.actor.object_id
    if post.status is not AnnouncementStatus.POSTED:
        raise InvalidTransition(before=post.status, after="read")
    is_new = not await read_by(reader, [post])
    counts = _counts(scope)
    if is_new:
        scope.unit.insert(
            AnnouncementRead(id=PydanticObjectId(), announcement_id=post.id, user_id=reader, counts=counts, at=scope.at)
        )
    seen, of = None, None
    if scope.allows(Permission.ANNOUNCEMENT_POST):
        found = (await seen_by([post]))[post.id]
        seen, of = min(found.seen + int(is_new and counts), found.of), found.of
    return ReadOut(announcement_id=str(post.id), read=True, seen=seen, of=of)


def _counts(scope: AnnouncementScope) -> bool:
    """Whether the caller is one of those whom it is for, as `_meant` counts them."""
    if isinstance(scope.place, CourseScope):
        return scope.place.enrollment is not None and scope.place.enrollment.state.is_seated
    return True


async def read_by(reader: PydanticObjectId, posts: Sequence[Announcement]) -> frozenset[PydanticObjectId]:
    """Which of a list the reader knows: what they have read, and what they wrote."""
    own = {post.id for post in posts if post.author_id == reader}
    others = [post.id for post in posts if post.id not in own]
    where = {"user_id": reader, "announcement_id": {"$in": others}}
    rows = AnnouncementRead.get_pymongo_collection().find(where, {"_id": 0, "announcement_id": 1})
    return frozenset(own | {row["announcement_id"] async for row in rows})


async def seen_by(posts: Sequence[Announcement]) -> Mapping[PydanticObjectId, SeenOut]:
    """How many have read each of a list, which is all of one course or all of the school."""
    if not posts:
        return {}
    pipeline: list[Match] = [
        {"$match": {"announcement_id": {"$in": [post.id for post in posts]}, "counts": True}},
        {"$group": {"_id": "$announcement_id", "seen": {"$sum": 1}}},
    ]
    rows = await AnnouncementRead.get_pymongo_collection().aggregate(pipeline)
    seen = {row["_id"]: row["seen"] async for row in rows}
    everyone, among = await _meant(posts)
    of = {post.id: everyone - (post.author_id in among) for post in posts}
    return {post.id: SeenOut(seen=min(seen.get(post.id, 0), of[post.id]), of=of[post.id]) for post in posts}


async def _meant(posts: Sequence[Announcement]) -> tuple[int, frozenset[PydanticObjectId]]:
    """How many there are in the course, or at the school, and which of the authors are among them."""
    course_id, authors = posts[0].course_id, list({post.author_id for post in posts})
    model, field, where = (
        (Enrollment, "user_id", {"course_id": course_id, "state": {"$in": sorted(SEATED)}})
        if course_id
        else (User, "_id", {"status": UserStatus.ACTIVE})
    )
    collection = model.get_pymongo_collection()
    rows = collection.find({**where, field: {"$in": authors}}, {field: 1})
    return await collection.count_documents(where), frozenset([row[field] async for row in rows])
