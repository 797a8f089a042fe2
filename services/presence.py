"""Who is here: names for those whom the live side sees."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from beanie import PydanticObjectId

from models.accounts import User
from schemas.presence import PresenceOut, PresentOut
from services.permissions import Permission
from services.ports import Attendance
from services.scopes import CourseScope

VISIBLE = {"first_name": 1, "last_name": 1, "role": 1}


async def list_present(scope: CourseScope, seen: Attendance) -> PresenceOut:
    """Who is in the course's room, or how many when they are too many to name."""
    scope.require(Permission.COURSE_FOLLOW)
    people = None if seen.since is None else await present(seen.since)
    return PresenceOut(course_id=scope.course.id, count=seen.count, people=people)


async def present(since: Mapping[str, datetime]) -> list[PresentOut]:
    """Name and role of each, in one query, in the order in which they came; an account that is gone is left out."""
    wanted = {"_id": {"$in": [PydanticObjectId(user_id) for user_id in since]}}
    known = {str(row["_id"]): row async for row in User.get_pymongo_collection().find(wanted, VISIBLE)}
    ordered = sorted((at, user_id) for user_id, at in since.items() if user_id in known)
    return [
        PresentOut(id=user_id, name=_name(known[user_id]), role=known[user_id]["role"], since=at)
        for at, user_id in ordered
    ]


def _name(row: Mapping[str, str]) -> str:
    return f"{row['first_name']} {row['last_name']}".strip()
