"""Which courses a reader of events follows without naming any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from beanie import PydanticObjectId

from models.courses import Course
from models.enrollments import Enrollment
from schemas.types import SEATED, ScopeType
from services.accounts.roles import NOTHING, held_in
from services.permissions import Permission
from services.scopes import Relation, Scope, holds
from services.unit import Match

MAX_COURSES: Final = 200


async def followed(scope: Scope) -> list[tuple[str, bool]]:
    """The 200 courses that the caller joined or changed last and may follow, and whether they follow as staff."""
    actor = scope.actor
    here = await held_in(actor.object_id, ScopeType.COURSE, scope.at) if actor.grants.is_scoped else {}
    assigned = [course_id for course_id, held in here.items() if held.roles]
    taught = await _courses({"$or": [{"instructor_id": actor.object_id}, {"_id": {"$in": assigned}}]})
    joined = await _courses({"_id": {"$in": await _joined(actor.object_id)}})
    standings = dict.fromkeys(joined, Relation.MEMBER) | {
        course_id: Relation.OWNER for course_id, owner in taught.items() if owner == actor.object_id
    }
    readable = []
    for course_id in dict.fromkeys([*taught, *joined]):
        place = standings.get(course_id, Relation.NONE), here.get(course_id, NOTHING)
        if holds(actor, *place, Permission.COURSE_FOLLOW):
            readable.append((str(course_id), holds(actor, *place, Permission.ENROLLMENT_READ)))
    return readable[:MAX_COURSES]


async def _courses(where: Match) -> dict[PydanticObjectId, PydanticObjectId]:
    """The owners of courses, by course, those that changed last first."""
    rows = Course.get_pymongo_collection().find({**where, "deleted_at": None}, {"instructor_id": 1})
    return {row["_id"]: row["instructor_id"] async for row in rows.sort("updated_at", -1).limit(MAX_COURSES)}


async def _joined(user_id: PydanticObjectId) -> Sequence[PydanticObjectId]:
    where = {"user_id": user_id, "state": {"$in": list(SEATED)}}
    rows = Enrollment.get_pymongo_collection().find(where, {"course_id": 1})
    return [row["course_id"] async for row in rows.sort("updated_at", -1).limit(MAX_COURSES)]
