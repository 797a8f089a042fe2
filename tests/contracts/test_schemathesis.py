"""Generated calls to every address, as every role: nothing crashes, and everything is answered as documented."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, TypeAlias

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from pydantic.alias_generators import to_camel
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
from tests.harness.notified import notified
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
EXAMPLES, MANY_EXAMPLES = 8, 24
"""How often each role calls each address in a mode, in `make test` and in `make soak`."""

FROM_GUESTS = 3
"""How often guests do."""


def only_listed_codes(ctx: CheckContext, response: Response, case: Case) -> bool | None:
    """A refusal has a code that the document lists for its status."""
    if "json" in response.headers["content-type"][0] and (code := response.json().get("code")):
        listed = case.operation.definition.raw["responses"][str(response.status_code)]["x-codes"]
        assert code in listed, f"{code} is not among {listed}"
    return None


ALL_CHECKS = [
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


Ids: TypeAlias = dict[str, str]


async def a_course(school: School, people: dict[str, Person]) -> Ids:
    course_id = await school.course(people["instructor"], people["student"])
    announcement = await announce(people["instructor"], course_id)
    stream = f"announcements/course:{course_id}"
    return {"course_id": course_id, "announcement_id": announcement["announcementId"], "stream": stream}


async def an_account(school: School, people: dict[str, Person]) -> Ids:
    target = await school.person()
    given = await assign(people["admin"], target, role="tutor")
    theirs = {"session_id": target.session_id, "assignment_id": given.data["assignmentId"]}
    return {"user_id": target.id, "person_id": target.id, **theirs}


async def an_invite_code(school: School, people: dict[str, Person]) -> Ids:
    code = await people["admin"].post("/api/v1/admin/invite-codes", {"role": "tutor"})
    return {"invite_code_id": code.data["inviteCodeId"]}


async def a_message(school: School, people: dict[str, Person]) -> Ids:
    written = {"to": [people["student"].id], "content": "Hello."}
    message = (await people["instructor"].post("/api/v1/messages", written)).data
    return {"thread_id": message["threadId"], "message_id": message["messageId"]}


async def a_key(school: School, people: dict[str, Person]) -> Ids:
    keys = (await people["student"].get("/api/v1/auth/api-keys")).data
    made = {"name": "K", "scopes": ["course.read"]}
    return {"api_key_id": (keys or [(await people["student"].post("/api/v1/auth/api-keys", made)).data])[0]["id"]}


async def a_notification(school: School, people: dict[str, Person]) -> Ids:
    return {"notification_id": await notified(school, people["student"])}


async def a_job(school: School, people: dict[str, Person]) -> Ids:
    return {"job_id": await dead_job(school.place)}


async def no_identity(school: School, people: dict[str, Person]) -> Ids:
    return {"identity_id": "0" * 24}


OBJECTS = {
    a_course: {"course_id", "announcement_id", "stream"},
    an_account: {"user_id", "person_id", "session_id", "assignment_id"},
    an_invite_code: {"invite_code_id"},
    a_message: {"thread_id", "message_id"},
    a_key: {"api_key_id"},
    a_notification: {"notification_id"},
    a_job: {"job_id"},
    no_identity: {"identity_id"},
}
"""What makes objects that exist, and every id of them that an address or an input can name."""
ALL_IDS = frozenset[str]().union(*OBJECTS.values())


async def known_ids(school: School, people: dict[str, Person], named: Collection[str] = ALL_IDS) -> Ids:
    """New objects, for the ids that are named."""
    made = [await make(school, people) for make, ids in OBJECTS.items() if not ids.isdisjoint(named)]
    return {name: value for ids in made for name, value in ids.items()}


def named_by(route: Route) -> set[str]:
    """The ids that its address can name, and its input as it is written."""
    inputs = [part.model_json_schema() for part in (route.body, route.query) if part is not None]
    words = set(re.findall(r"\w+", f"{route.path} {json.dumps(inputs)}"))
    return {name for name in ALL_IDS if words & {name, to_camel(name)}}


@pytest.fixture(scope="module")
async def some_ids(school: School, people: dict[str, Person]) -> dict[str, str]:
    """For rows that take nothing away."""
    return await known_ids(school, people)


def with_known(case: Case, ids: dict[str, str]) -> None:
    """Put ids that exist where the generator has made some up."""
    spelled = ids | {"courseId": ids["course_id"], "userId": ids["user_id"], "threadId": ids["thread_id"]}
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            part.update({name: spelled[name] for name in part if name in spelled})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, with what, about which objects, and how often."""

    role: str
    headers: dict[str, str]
    ids: dict[str, str]
    examples: int


def explore(url: str, route: Route, mode: GenerationMode, callers: Sequence[Caller]) -> None:
    """Call one address with generated data, the same for every caller, and judge every answer."""
    tried = count()

    @seed(SEED)
    @settings(SETTINGS, max_examples=max(caller.examples for caller in callers))
    @given(case=SCHEMA[route.paths[0]][route.method].as_strategy(generation_mode=mode))
    def judge(case: Case) -> None:
        number = next(tried)
        for caller in callers:
            if number < caller.examples:
                if mode is GenerationMode.POSITIVE:
                    with_known(case, caller.ids)
                call_and_judge(url, case, caller, http)

    with requests.Session() as http:
        http.trust_env = False  # it would read the environment for a proxy with each call
        judge()


def call_and_judge(url: str, case: Case, caller: Caller, http: requests.Session) -> None:
    try:
        case.call_and_validate(base_url=url, session=http, headers=caller.headers, checks=ALL_CHECKS, timeout=20)
    except BaseException as refused:
        refused.add_note(f"as {caller.role}")
        raise


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


async def caller_of(school: School, people: dict[str, Person], route: Route, role: str, examples: int) -> Caller:
    """Somebody of the role; what a call may use up is theirs alone."""
    token = await token_of(school, people, route, role)
    headers = {"X-Forwarded-For": new_place(), **({"Authorization": f"Bearer {token}"} if token else {})}
    uses_up = route.about and route.is_write and role != "guest"
    ids = await known_ids(school, people, named_by(route)) if uses_up else {}
    guests = FROM_GUESTS
    return Caller(role, headers, ids, examples if token else guests)


each_route = pytest.mark.parametrize("route", ALL_ROUTES, ids=lambda route: f"{route.method} {route.path}")


@each_route
@pytest.mark.parametrize(
    "examples", [EXAMPLES, pytest.param(MANY_EXAMPLES, marks=pytest.mark.soak)], ids=["a few", "many"]
)
async def test_answers_are_as_documented(
    school: School, people: dict[str, Person], some_ids: dict[str, str], route: Route, examples: int
):
    """No 5xx; only documented statuses, shapes, headers and codes; and what does not fit is refused.

    As four roles, because the matrix tries all; and all but streams of events for those who may read them.
    """
    roles = ["guest"] if route.handler in FEEDS else ROLES
    found = [await caller_of(school, people, route, role, examples) for role in roles]
    callers = [replace(caller, ids=some_ids | caller.ids) for caller in found]
    explore(school.url, route, GenerationMode.POSITIVE, callers)
    if has_input(route):
        explore(school.url, route, GenerationMode.NEGATIVE, callers)


def has_input(route: Route) -> bool:
    """Whether there is anything that could be wrong."""
    return bool(route.body or route.query or "{" in route.path)


def test_only_streams_are_left_out():
    """Every row is tried as each of the four, but for streams, which are tried as whom they refuse."""
    assert {route.path for route in ALL_ROUTES if route.handler in FEEDS} == {
        route.path for route in ROUTES if route.streams
    }
