"""Administrators of a school, and what they give to people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.harness.people import Person, Reply, call
from tests.harness.school import School

USERS = "/api/v1/users"


async def renewed(person: Person) -> Person:
    """The same session with a token that tells of the rights that hold now."""
    body = {"refreshToken": person.refresh_token}
    reply = await call(person.http, "POST", f"{person.url}/api/v1/auth/refresh", body, {})
    return Person(person.http, person.url, reply.data)


async def promoted(school: School, role: str, **fields: Any) -> Person:
    """A new person whom the administrator has given this primary role."""
    person = await school.person(**fields)
    assert (await school.admin.put(f"{USERS}/{person.id}/role", {"role": role})).status == 200
    return await renewed(person)


async def assign(giver: Person, person: Person, **what: Any) -> Reply:
    """Give a role, or deny a permission, beside the primary role; everywhere unless a course or a user is named."""
    scope = {"scopeType": "system"}
    for kind in ("course", "user"):
        if kind in what:
            scope = {"scopeType": kind, "scopeId": what.pop(kind)}
    return await giver.post(f"{USERS}/{person.id}/assignments", {**scope, **what})


async def staff_of(school: School, course_id: str, role: str = "facilitator") -> Person:
    """A student who was assigned to a course."""
    person = await school.person()
    assert (await assign(school.admin, person, role=role, course=course_id)).status == 201
    return await renewed(person)


def in_seconds(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
