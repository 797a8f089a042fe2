"""Who may write to whom: people of one course, mentors and their mentees, and some to everyone."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from beanie import PydanticObjectId

from models.access import RoleAssignment
from models.accounts import User
from models.courses import Course
from models.enrollments import Enrollment
from models.messages import Block
from schemas.types import SEATED, ScopeType, UserRole, UserStatus
from services.accounts.roles import NOTHING, alive, held_in
from services.messages.errors import MayNotWrite
from services.permissions import Permission, Reach
from services.scopes import Relation, Scope, holds

Ids = set[PydanticObjectId]


async def require_reach(scope: Scope, people: Collection[PydanticObjectId]) -> None:
    """Refuse with `MayNotWrite` unless the caller may begin to write to each of these."""
    if set(people) - await reachable(scope, people) or await _is_blocked(scope, people):
        raise MayNotWrite


async def require_open(scope: Scope, other: PydanticObjectId, *, answers: bool) -> None:
    """Refuse to write on to `other`. Who `answers` may, wherever they have lost what they shared."""
    reached = await _active([other]) if answers else await reachable(scope, [other])
    if not reached or await _is_blocked(scope, [other]):
        raise MayNotWrite


async def reachable(scope: Scope, people: Collection[PydanticObjectId]) -> Ids:
    """Those of them to whom the caller's rights reach, but for blocks; nobody writes to oneself."""
    others = await _active([one for one in people if one != scope.actor.object_id])
    if writes_to_all(scope):
        return others
    return others & (await _in(await common_courses(scope), scope, others) | await mentored(scope, others))


def writes_to_all(scope: Scope) -> bool:
    return Reach.ALL in scope.actor.reaches(Permission.MESSAGE_SEND)


async def is_staff(scope: Scope) -> bool:
    """Whether the caller writes to people as their staff, somewhere or everywhere."""
    actor = scope.actor
    if actor.reaches(Permission.MESSAGE_SEND) & {Reach.STAFF, Reach.ALL}:
        return True
    here = await held_in(actor.object_id, ScopeType.COURSE, scope.at) if actor.grants.is_scoped else {}
    return any(local.roles for local in here.values())


async def common_courses(scope: Scope) -> Ids:
    """The courses whose people the caller may write to."""
    actor = scope.actor
    here = await held_in(actor.object_id, ScopeType.COURSE, scope.at) if actor.grants.is_scoped else {}
    seated = {"user_id": actor.object_id, "state": {"$in": sorted(SEATED)}}
    joined: Ids = set(await Enrollment.get_pymongo_collection().distinct("course_id", seated))
    where = {"deleted_at": None, "$or": [{"instructor_id": actor.object_id}, {"_id": {"$in": [*joined, *here]}}]}
    found: Ids = set()
    async for row in Course.get_pymongo_collection().find(where, {"instructor_id": 1}):
        owns, sits = row["instructor_id"] == actor.object_id, row["_id"] in joined
        standing = Relation.OWNER if owns else Relation.MEMBER if sits else Relation.NONE
        if holds(actor, standing, here.get(row["_id"], NOTHING), Permission.MESSAGE_SEND):
            found.add(row["_id"])
    return found


async def people_of(courses: Iterable[PydanticObjectId], scope: Scope) -> Ids:
    """Everybody who sits in these courses or is of their staff."""
    return await _in(courses, scope, None)


async def mentored(scope: Scope, people: Iterable[PydanticObjectId] | None = None) -> Ids:
    """The caller's mentees, and their mentors; of these people where some are given."""
    if not scope.actor.could(Permission.MESSAGE_SEND):
        return set()
    me, among = scope.actor.object_id, {} if people is None else {"$in": list(people)}
    of_mentors = {"scope_type": ScopeType.USER, "role": UserRole.MENTOR, **alive(scope.at)}
    mentees = RoleAssignment.find({**of_mentors, "user_id": me, **({"scope_id": among} if among else {})})
    mentors = RoleAssignment.find({**of_mentors, "scope_id": me, **({"user_id": among} if among else {})})
    found: Ids = {row.scope_id async for row in mentees if row.scope_id is not None}
    return found | {row.user_id async for row in mentors}


async def _in(courses: Iterable[PydanticObjectId], scope: Scope, people: Ids | None) -> Ids:
    among = {} if people is None else {"$in": list(people)}
    places = {"$in": list(courses)}

    def narrowed(field: str) -> dict[str, object]:
        return {field: among} if among else {}

    seated = {"course_id": places, "state": {"$in": sorted(SEATED)}, **narrowed("user_id")}
    taught = {"_id": places, "deleted_at": None, **narrowed("instructor_id")}
    given = {"scope_type": ScopeType.COURSE, "scope_id": places, "role": {"$ne": None}, **narrowed("user_id")}
    found: Ids = set(await Enrollment.get_pymongo_collection().distinct("user_id", seated))
    found |= set(await Course.get_pymongo_collection().distinct("instructor_id", taught))
    return found | {row.user_id async for row in RoleAssignment.find({**given, **alive(scope.at)})}


async def _active(people: Iterable[PydanticObjectId]) -> Ids:
    where = {"_id": {"$in": list(people)}, "status": UserStatus.ACTIVE}
    return {row["_id"] async for row in User.get_pymongo_collection().find(where, {"_id": 1})}


async def _is_blocked(scope: Scope, people: Iterable[PydanticObjectId]) -> bool:
    """Whether one of them and the caller want nothing of each other, whoever said so."""
    me, others = scope.actor.object_id, {"$in": list(people)}
    either = [{"blocker_id": me, "blocked_id": others}, {"blocker_id": others, "blocked_id": me}]
    return await Block.find_one({"$or": either}) is not None
