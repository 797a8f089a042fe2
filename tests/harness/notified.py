"""Somebody who has been told something: written directly, where it does not matter how they were told."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from pymongo import AsyncMongoClient

from schemas.types import now
from tests.harness.people import Person
from tests.harness.school import School


async def notified(school: School, person: Person, *, title: str = "News", **fields: Any) -> str:
    """One more unread notification of theirs; returns its id."""
    row = {
        "_id": ObjectId(),
        "user_id": ObjectId(person.id),
        "kind": "announcement_posted",
        "category": "announcements",
        "once": str(ObjectId()),
        "subject": f"announcement:{ObjectId()}",
        "facts": {"course": "C", "title": title},
        "link": "#/courses",
        "course_id": None,
        "actor_id": None,
        "reason": "in_course",
        "created_at": now(),
        "is_read": False,
        "read_at": None,
        **fields,
    }
    async with AsyncMongoClient(school.place.mongodb_url) as client:
        await client[school.place.database]["notifications"].insert_one(row)
    return str(row["_id"])
