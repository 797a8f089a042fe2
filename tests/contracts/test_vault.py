"""Nothing secret escapes the tables: sealed fields, blind indexes, and the records that changes leave."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from handlers.call import Gate, Route
from models import DOCUMENTS
from schemas.types import UserRole
from server.routes import ROUTES
from services.permissions import Permission, reach_of
from services.sealed import SEALED
from tests.harness.jobs import dead_job
from tests.harness.people import Person, call
from tests.harness.rights import assign
from tests.harness.school import School, announce

ROOT = Path(__file__).parents[2]
WRITES = [route for route in ROUTES if route.is_write]
OWN_READING = "how far somebody has read is nobody else's business"
TALK = "what people say to each other, and with whom, is no business of the log's"
EXCUSED = {
    ("POST", "/auth/refresh"): "the next token of the same session",
    ("POST", "/auth/accept-invite"): "needs the token of a mail",
    ("POST", "/auth/reset"): "needs the token of a mail",
    ("POST", "/auth/verify-email"): "needs the token of a mail",
    ("POST", "/auth/mfa/confirm"): "needs a code; tests/journeys/test_factors.py",
    ("POST", "/auth/mfa/challenge"): "needs a sign-in that waits for its second proof",
    ("POST", "/auth/mfa/verify"): "needs a code of a factor",
    ("POST", "/auth/mfa/disable"): "needs a factor",
    ("POST", "/auth/mfa/recovery-codes"): "needs a factor",
    ("POST", "/auth/passkey/options"): "asks for a proof, and nobody is known yet",
    ("POST", "/auth/passkey/signin"): "needs a passkey",
    ("POST", "/auth/step-up"): "needs the password of the caller",
    ("POST", "/auth/step-up/challenge"): "needs a factor",
    ("DELETE", "/auth/sessions"): "the caller has no other; tests/journeys/test_own_sessions.py",
    ("POST", "/auth/identities/link"): "begins a visit; the link is recorded when it ends",
    ("DELETE", "/auth/identities/{identity_id}"): "needs an account elsewhere; tests/journeys/test_providers.py",
    ("POST", "/users/{user_id}/unsuspend"): "whoever is active stays so",
    ("POST", "/courses/join"): "enrolls like the call with the course's id",
    ("POST", "/courses/{course_id}/roster"): "the example is a dry run",
    ("POST", "/profile/check-username"): "changes nothing",
    ("POST", "/notifications/unsubscribe"): "needs the token of a mail; tests/journeys/test_unsubscribe.py",
    ("DELETE", "/notifications/push/subscriptions/{push_subscription_id}"): "needs a browser",
    ("POST", "/admin/webhooks/{webhook_id}/enable"): "whoever was not given up stays so",
    ("POST", "/announcements/{announcement_id}/read"): OWN_READING,
    ("POST", "/notifications/read"): OWN_READING,
    ("POST", "/notifications/read-all"): OWN_READING,
    ("POST", "/threads/{thread_id}/read"): OWN_READING,
    ("POST", "/messages"): TALK,
    ("PATCH", "/messages/{message_id}"): TALK,
    (
        "DELETE",
        "/messages/{message_id}",
    ): TALK,
    ("PATCH", "/threads/{thread_id}"): TALK,
    ("POST", "/threads/{thread_id}/members"): TALK,
    ("POST", "/threads/{thread_id}/leave"): TALK,
    ("POST", "/messages/blocks"): TALK,
    ("DELETE", "/messages/blocks"): TALK,
}
RECORDED = [route for route in WRITES if (route.method, route.path) not in EXCUSED]
ABOUT_ACCOUNTS = ("/auth", "/users", "/profile", "/role-assignments", "/admin/realtime")
_number = count(1)


def test_every_sealed_field_is_in_the_table():
    """A rotation finds what stands in SEALED; a field whose name says that it is sealed stands there."""
    named = {
        (document.Settings.name, name)
        for document in DOCUMENTS
        for name in document.model_fields
        if name.endswith("_ct")
    }
    assert named - {(sealed.collection, sealed.field) for sealed in SEALED} == set()
    assert {sealed.index for sealed in SEALED if sealed.collection == "users"} >= {"email_bidx", "phone_bidx"}


def lookups() -> Iterator[tuple[str, ast.expr]]:
    """What is compared with a blind index, anywhere in the house."""
    for folder in ("services", "handlers", "workers", "realtime", "server"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Dict):
                    for key, value in zip(node.keys, node.values, strict=True):
                        if isinstance(key, ast.Constant) and str(key.value).endswith("_bidx"):
                            yield f"{path.relative_to(ROOT)}:{node.lineno}", value


def test_every_lookup_asks_for_every_version():
    """`of` finds nobody whose row was written under an older key: a search asks for `any_of`, or for a list of all."""
    found = list(lookups())
    assert len(found) >= 4
    wrong = [where for where, value in found if ".of(" in ast.unparse(value) or isinstance(value, ast.Name)]
    assert wrong == []


def test_who_reads_what_is_others_is_noted():
    """A read that only staff may make, about an account, about accounts, or of the log itself, names its action."""
    for route in ROUTES:
        staff_only = isinstance(route.requires, Permission) and reach_of(UserRole.STUDENT, route.requires) is None
        about_people = route.about_name == "user_id" or route.path.startswith(
            ("/admin/users", "/admin/audit", "/users")
        )
        if staff_only and about_people and not route.is_write:
            assert route.audits, route.path


@pytest.fixture
async def log(school: School) -> AsyncIterator[Any]:
    async with AsyncMongoClient(school.place.mongodb_url) as client:
        yield client[school.place.database]["audit_log"]


@dataclass(frozen=True, slots=True)
class People:
    """Who calls: somebody from outside, the instructor, an administrator, a student of the course."""

    stranger: Person
    owner: Person
    admin: Person
    student: Person


async def people_of(school: School) -> People:
    instructor, *students = await asyncio.gather(school.person("instructor"), school.person(), school.person())
    return People(students[0], instructor, school.admin, students[1])


@pytest.fixture(scope="module")
async def people(school: School) -> People:
    return await people_of(school)


async def webhook(admin: Person) -> str:
    """There may be twenty: what is not needed any more goes."""
    for one in (await admin.get("/api/v1/admin/webhooks?limit=100")).data:
        await admin.delete(f"/api/v1/admin/webhooks/{one['webhookId']}")
    draft = {"url": "https://system.example/hook", "events": ["announcement.posted"]}
    return (await admin.post("/api/v1/admin/webhooks", draft)).data["webhookId"]


async def objects(school: School, people: People) -> dict[str, str]:
    """Fresh things for one call."""
    course_id = await school.course(people.owner, people.student)
    await people.owner.post(f"/api/v1/courses/{course_id}/join-code")
    key = await people.stranger.post("/api/v1/auth/api-keys", {"name": "Key", "scopes": ["course.read"]})
    code = await people.admin.post("/api/v1/admin/invite-codes", {"role": "tutor"})
    target = await school.person()
    given = await assign(people.admin, target, role="tutor")
    return {
        "course_id": course_id,
        "announcement_id": (await announce(people.owner, course_id))["announcementId"],
        "user_id": people.student.id,
        "api_key_id": key.data["id"] if key.status == 201 else "",
        "invite_code_id": code.data["inviteCodeId"],
        "assignment_id": given.data["assignmentId"],
        "session_id": people.student.session_id,
        "webhook_id": await webhook(people.admin),
        "job_id": await dead_job(school.place),
    }


def body_of(route: Route, ids: dict[str, str]) -> Any:
    if route.body is None:
        return None
    filled = {k: v.format_map(ids) if isinstance(v, str) else v for k, v in (route.example or {}).items()}
    fresh = {"email": f"vault{next(_number)}@school.example", "username": f"vault{next(_number)}"}
    return {name: fresh.get(name, value) for name, value in filled.items()}


def callers_of(route: Route, people: People) -> list[Person | None]:
    is_open = route.requires is Gate.OPEN and route.path != "/auth/logout"
    return [None] if is_open else [people.stranger, people.owner, people.student, people.admin]


@pytest.mark.parametrize("route", RECORDED, ids=lambda route: f"{route.method} {route.path}")
async def test_s32_every_write_leaves_one_record(school: School, people: People, log: Any, route: Route):
    """Its example, by whoever may: one record for each thing that was done, with the id of the call."""
    if route.path.startswith(ABOUT_ACCOUNTS):  # such a call may end what others of these calls need
        people = await people_of(school)
    ids = await objects(school, people)
    for caller in callers_of(route, people):
        request_id = f"vault-{next(_number)}"
        headers = {"X-Request-ID": request_id} | ({"Authorization": f"Bearer {caller.token}"} if caller else {})
        url = school.url + route.paths[0].format_map(ids)
        reply = await call(school.http, route.method, url, body_of(route, ids), headers)
        if reply.status < 300:
            break
    left = [(one["action"], one["subject"]) async for one in log.find({"request_id": request_id})]
    assert left, reply.body
    assert len(set(left)) == len(left)
