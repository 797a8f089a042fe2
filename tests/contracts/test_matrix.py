"""Role × route × object: every cell is declared here, and every cell is tried over HTTP.

A new row of ROUTES fails this test until its cells are declared.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from handlers.call import Gate, Route
from schemas.types import UserRole
from server.routes import DEVELOPMENT_ROUTES, ROUTES
from services.permissions import reach_of
from tests.harness.people import Person, Reply, call
from tests.harness.school import School, announce

PERSONAS = {
    "guest": UserRole.GUEST,
    "outsider": UserRole.STUDENT,
    "member": UserRole.STUDENT,
    "colleague": UserRole.INSTRUCTOR,
    "owner": UserRole.INSTRUCTOR,
    "admin": UserRole.ADMIN,
}
OUTSIDE = {"guest", "outsider", "colleague"}

PUBLISHED = {  # for a published course:              guest out. memb. coll. owner admin
    ("GET", "/users/me"):                             (401, 200, 200, 200, 200, 200),
    ("POST", "/users/{user_id}/suspend"):             (401, 403, 403, 403, 403, 200),
    ("GET", "/courses"):                              (200, 200, 200, 200, 200, 200),
    ("POST", "/courses"):                             (401, 403, 403, 201, 201, 201),
    ("GET", "/courses/{course_id}"):                  (200, 200, 200, 200, 200, 200),
    ("PUT", "/courses/{course_id}"):                  (401, 403, 403, 403, 200, 200),
    ("DELETE", "/courses/{course_id}"):               (401, 403, 403, 403, 200, 200),
    ("POST", "/courses/{course_id}/enroll"):          (401, 201, 200, 201, 409, 201),
    ("DELETE", "/courses/{course_id}/enroll"):        (401, 404, 200, 404, 404, 404),
    ("GET", "/courses/{course_id}/roster"):           (401, 403, 403, 403, 200, 200),
    ("POST", "/courses/{course_id}/roster"):          (401, 403, 403, 403, 200, 200),
    ("GET", "/courses/{course_id}/join-code"):        (401, 403, 403, 403, 200, 200),
    ("POST", "/courses/{course_id}/join-code"):       (401, 403, 403, 403, 201, 201),
    ("DELETE", "/courses/{course_id}/join-code"):     (401, 403, 403, 403, 200, 200),
    ("GET", "/courses/{course_id}/presence"):         (401, 403, 200, 403, 200, 200),
    ("POST", "/courses/join"):                        (401, 404, 404, 404, 404, 404),
    ("POST", "/announcements"):                       (401, 403, 403, 403, 201, 201),
    ("GET", "/announcements"):                        (401, 403, 200, 403, 200, 200),
    ("GET", "/announcements/{announcement_id}"):      (401, 404, 200, 404, 200, 200),
    ("PUT", "/announcements/{announcement_id}"):      (401, 403, 403, 404, 200, 200),
    ("DELETE", "/announcements/{announcement_id}"):   (401, 403, 403, 404, 200, 200),
    ("GET", "/auth/api-keys"):                        (401, 200, 200, 200, 200, 200),
    ("POST", "/auth/api-keys"):                       (401, 201, 201, 201, 201, 201),
    ("DELETE", "/auth/api-keys/{api_key_id}"):        (401, 404, 404, 404, 200, 404),
    ("GET", "/admin/audit"):                          (401, 403, 403, 403, 403, 200),
    ("GET", "/admin/realtime"):                       (401, 403, 403, 403, 403, 200),
    ("GET", "/admin/realtime/streams/{stream}/history"):  (401, 403, 403, 403, 403, 200),
    ("GET", "/admin/realtime/streams/{stream}/presence"): (401, 403, 403, 403, 403, 200),
    ("POST", "/admin/realtime/publish"):              (401, 403, 403, 403, 403, 201),
    ("POST", "/admin/realtime/disconnect"):           (401, 403, 403, 403, 403, 200),
    ("POST", "/admin/realtime/unsubscribe"):          (401, 403, 403, 403, 403, 200),
    ("GET", "/events"):                               (401, 200, 200, 200, 200, 200),
    ("GET", "/events/notifications"):                 (401, 200, 200, 200, 200, 200),
    ("GET", "/events/assignments"):                   (401, 200, 200, 200, 200, 200),
    ("GET", "/events/course-progress"):               (401, 200, 200, 200, 200, 200),
}  # fmt: skip

IN_A_DRAFT = {("POST", "/courses/{course_id}/enroll", "admin"): 409}
"""Where an insider meets something else in a draft; outsiders do not learn that it exists."""

_number = count(1)


@dataclass(frozen=True, slots=True)
class Objects:
    """What the ids of one call name."""

    course_id: str
    announcement_id: str
    user_id: str
    api_key_id: str = "0" * 24


@pytest.fixture(scope="module")
async def people(school: School) -> dict[str, Person]:
    made = {name: await school.person(role.value) for name, role in PERSONAS.items() if name not in {"guest", "admin"}}
    return {**made, "admin": school.admin}


async def objects(school: School, people: dict[str, Person], variant: str) -> Objects:
    if variant == "missing":
        return Objects("0" * 24, "0" * 24, "0" * 24)
    course_id = await school.course(people["owner"], people["member"])
    announcement = await announce(people["owner"], course_id)
    if variant == "draft":
        await people["owner"].put(f"/api/v1/courses/{course_id}", {"status": "draft"})
    target = await school.person()
    key = await people["owner"].post("/api/v1/auth/api-keys", {"name": "K", "scopes": ["course.read"]})
    await people["owner"].delete(f"/api/v1/auth/api-keys/{key.data['id']}")
    return Objects(course_id, announcement["announcementId"], target.id, key.data["id"])


async def tried(school: School, person: Person | None, route: Route, found: Objects) -> Reply:
    ids = {
        "course_id": found.course_id,
        "announcement_id": found.announcement_id,
        "user_id": found.user_id,
        "api_key_id": found.api_key_id,
        "stream": f"announcements%2Fcourse:{found.course_id}",
    }
    path = route.paths[0].format_map(ids)
    if route.about_source == "query":
        path += f"?{route.about_name}={ids[route.about_name]}"
    body: Any = None
    if route.body is not None:
        example = (route.example or {}).items()
        filled = {key: value.format_map(ids) if isinstance(value, str) else value for key, value in example}
        body = filled | ({"email": f"m{next(_number)}@school.example", "username": f"m{next(_number)}xx"})
        body = {key: value for key, value in body.items() if key in (route.example or {})}
    headers = {"Authorization": f"Bearer {person.token}"} if person else {}
    return await call(school.http, route.method, school.url + path, body, headers)


def expected(route: Route, persona: str, variant: str) -> int:
    """The declared cell; for what does not exist, or may not be known, 404 to whom the role alone lets in."""
    key = (route.method, route.path)
    declared = PUBLISHED[key][list(PERSONAS).index(persona)]
    if route.about is None or declared == 401 or reach_of(PERSONAS[persona], route.requires) is None:
        return declared
    if variant == "missing" or (variant == "draft" and persona in OUTSIDE and route.about_name != "user_id"):
        return 404
    return IN_A_DRAFT.get((*key, persona), declared) if variant == "draft" else declared


GUARDED = [route for route in ROUTES if route.requires is not Gate.OPEN]


@pytest.mark.parametrize("variant", ["published", "draft", "missing"])
@pytest.mark.parametrize("route", GUARDED, ids=lambda route: f"{route.method}-{route.path}")
async def test_every_role_meets_what_is_declared(school: School, people: dict[str, Person], route: Route, variant: str):
    """Own, foreign, draft and missing objects, for every role."""
    outcome = {}
    for persona in PERSONAS:
        found = await objects(school, people, variant)
        outcome[persona] = (await tried(school, people.get(persona), route, found)).status
    assert outcome == {persona: expected(route, persona, variant) for persona in PERSONAS}


@pytest.mark.parametrize(
    "route",
    [route for route in (*ROUTES, *DEVELOPMENT_ROUTES) if route.requires is Gate.OPEN],
    ids=lambda route: f"{route.method}-{route.path}",
)
async def test_open_routes_are_open_to_everyone(school: School, people: dict[str, Person], route: Route):
    """They answer every role alike, and never with a crash."""
    if route.path == "/auth/logout":
        people = {**people, "owner": await school.person(), "member": await school.person()}
        people |= {name: await school.person() for name in ("outsider", "colleague", "admin")}
    found = Objects("0" * 24, "0" * 24, "0" * 24)
    statuses = {(await tried(school, people.get(persona), route, found)).status for persona in PERSONAS}
    assert len(statuses) == 1
    assert statuses.pop() < 500
