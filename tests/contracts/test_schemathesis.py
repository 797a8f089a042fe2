"""Generated calls to every address, as every role: nothing crashes, and everything is answered as documented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, CheckContext, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from handlers import events
from handlers.call import Route
from schemas.types import UserRole
from server.openapi import openapi_document
from server.routes import DEVELOPMENT_ROUTES, ROUTES
from server.seed import ADMIN, DEMO_PASSWORD
from tests.harness.guessing import new_place
from tests.harness.jobs import dead_job
from tests.harness.people import Person, sign_in
from tests.harness.rights import assign
from tests.harness.school import School, announce

SEED = 20260302
SETTINGS = settings(
    database=None, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)


def without_tuples(schema: Any) -> Any:
    """The generator writes tuples in the way of draft 7 and then judges them by 2020-12: here they are lists."""
    if isinstance(schema, list):
        return [without_tuples(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: without_tuples(value) for key, value in schema.items() if key != "prefixItems"}
    return plain | ({"items": {"anyOf": schema["prefixItems"]}} if "prefixItems" in schema else {})


ALL_ROUTES = (*ROUTES, *DEVELOPMENT_ROUTES)
SCHEMA = schemathesis.openapi.from_dict(without_tuples(openapi_document(ALL_ROUTES)))
ROLES = [role.value for role in (UserRole.GUEST, UserRole.STUDENT, UserRole.INSTRUCTOR, UserRole.ADMIN)]
FEEDS = [route.handler for route in events.ROUTES]
CALLS = [(route, role) for route in ALL_ROUTES for role in ROLES if role == "guest" or not route.streams]
"""As four roles, because the matrix tries all; and all but streams of events for those who may read them."""


def only_listed_codes(ctx: CheckContext, response: Response, case: Case) -> bool | None:
    """A refusal has a code that the document lists for its status."""
    if "json" in response.headers["content-type"][0] and (code := response.json().get("code")):
        listed = case.operation.definition.raw["responses"][str(response.status_code)]["x-codes"]
        assert code in listed, f"{code} is not among {listed}"
    return None


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
    ignored_auth,
    only_listed_codes,
]


@pytest.fixture(scope="module")
async def people(school: School) -> dict[str, Person]:
    """Accounts of this file alone: whatever is done to them, nobody else misses them."""
    made = {role: await school.person(role) for role in ("student", "instructor")}
    return {**made, "admin": await sign_in(school.http, school.url, ADMIN.email, DEMO_PASSWORD)}


async def known_ids(school: School, people: dict[str, Person]) -> dict[str, str]:
    """Objects that exist, for every id that an address or an input can name."""
    course_id = await school.course(people["instructor"], people["student"])
    announcement = await announce(people["instructor"], course_id)
    target = await school.person()
    given = await assign(people["admin"], target, role="tutor")
    code = await people["admin"].post("/api/v1/admin/invite-codes", {"role": "tutor"})
    student = people["student"]
    keys = (await student.get("/api/v1/auth/api-keys")).data
    made = {"name": "K", "scopes": ["course.read"]}
    key = keys[0] if keys else (await student.post("/api/v1/auth/api-keys", made)).data
    return {
        "course_id": course_id,
        "announcement_id": announcement["announcementId"],
        "user_id": target.id,
        "assignment_id": given.data["assignmentId"],
        "invite_code_id": code.data["inviteCodeId"],
        "session_id": target.session_id,
        "person_id": target.id,
        "identity_id": "0" * 24,
        "api_key_id": key["id"],
        "job_id": await dead_job(school.place),
        "stream": f"announcements/course:{course_id}",
    }


@pytest.fixture(scope="module")
async def some_ids(school: School, people: dict[str, Person]) -> dict[str, str]:
    """For rows that take nothing away."""
    return await known_ids(school, people)


def with_known(case: Case, ids: dict[str, str]) -> None:
    """Put ids that exist where the generator has made some up."""
    spelled = ids | {"courseId": ids["course_id"], "userId": ids["user_id"]}
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            part.update({name: spelled[name] for name in part if name in spelled})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, where, and how often each address."""

    url: str
    headers: dict[str, str]
    examples: int


def explore(caller: Caller, route: Route, mode: GenerationMode, ids: dict[str, str]) -> None:
    """Call one address with generated data, and judge every answer."""

    @seed(SEED)
    @settings(SETTINGS, max_examples=caller.examples)
    @given(case=SCHEMA[route.paths[0]][route.method].as_strategy(generation_mode=mode))
    def judge(case: Case) -> None:
        if mode is GenerationMode.POSITIVE:
            with_known(case, ids)
        case.call_and_validate(base_url=caller.url, session=http, headers=caller.headers, checks=CHECKS, timeout=20)

    with requests.Session() as http:
        judge()


async def token_of(school: School, people: dict[str, Person], route: Route, role: str) -> str | None:
    """The role's token; one of its own where the call ends the session."""
    if role == "guest":
        return None
    if (route.method, route.path) == ("DELETE", "/auth/sessions") and role == "admin":
        people[role] = school.admin  # whom everybody shares: the others of the account end, this file's with them
    if route.path != "/auth/logout":
        return people[role].token
    if role == "admin":
        return (await sign_in(school.http, school.url, ADMIN.email, DEMO_PASSWORD)).token
    return (await school.person(role)).token


@pytest.mark.parametrize(("route", "role"), CALLS, ids=[f"{route.method} {route.path} {role}" for route, role in CALLS])
async def test_answers_are_as_documented(
    school: School, people: dict[str, Person], some_ids: dict[str, str], route: Route, role: str
):
    """No 5xx; only documented statuses, shapes, headers and codes; and what does not fit is refused."""
    token = await token_of(school, people, route, role)
    headers = {"X-Forwarded-For": new_place(), **({"Authorization": f"Bearer {token}"} if token else {})}
    caller = Caller(school.url, headers, 8 if token else 3)
    ids = await known_ids(school, people) if route.about and route.is_write else some_ids
    explore(caller, route, GenerationMode.POSITIVE, ids)
    if has_input(route):
        explore(caller, route, GenerationMode.NEGATIVE, ids)


def has_input(route: Route) -> bool:
    """Whether there is anything that could be wrong."""
    return bool(route.body or route.query or "{" in route.path)


def test_only_streams_are_left_out():
    """Every row is tried as each of the four, but for streams, which are tried as whom they refuse."""
    left_out = [(route, role) for route in ALL_ROUTES for role in ROLES if (route, role) not in CALLS]
    assert {route.path for route, _ in left_out} == {route.path for route in ROUTES if route.handler in FEEDS}
    assert "guest" not in {role for _, role in left_out}
