"""S08 and S09, for every row of ROUTES and COMMANDS: a text is a text, and nobody writes what is not theirs to say.

Most of it is asked of the strict models, which are what stands before every handler; `tests/journeys/test_rest.py` and
the last tests here ask the same over HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp.test_utils import make_mocked_request
from pydantic import ValidationError

from handlers.call import Route
from handlers.parse import parse_body, parse_query
from realtime.commands import COMMANDS
from schemas.providers import CallbackQuery
from schemas.realtime import ConnectIn
from schemas.types import In
from server.routes import ROUTES
from server.vocabulary import sample
from services.errors import InvalidInput
from tests.harness.people import call
from tests.harness.school import School

OPERATORS: list[Any] = [{"$gt": ""}, {"$ne": None}, {"$regex": ".*"}, {"$where": "1"}, ["x"], [{"$gt": ""}]]
OWNED = [
    *("role", "id", "_id", "userId", "grade", "status", "seq", "price", "isActive", "emailVerified", "version"),
    *("createdAt", "emailVerifiedAt", "passwordHash", "permissions", "grants", "permissionVersion", "instructorId"),
    *("seatsTaken", "authorId", "actorId", "sessionId", "__proto__", "constructor"),
]
SAID_ON_PURPOSE = {
    "SignUpIn": {"role"},  # refused unless roles are open
    "RoleIn": {"role"},
    "ProfileIn": {"userId"},  # another's is refused
    "PreferencesIn": {"userId"},
    "AssignmentIn": {"role"},
    "RosterRow": {"role"},
    "InviteCodeIn": {"role"},
    "CourseIn": {"instructorId", "status"},
    "CourseChangeIn": {"status"},
    "CoursesQuery": {"instructorId"},
    "UsersQuery": {"role", "status"},
    "DisconnectIn": {"userId", "sessionId"},
    "UnsubscribeIn": {"userId"},
    "SyncIn": {"seq"},
    "ReadIn": {"seq"},
    "BlockIn": {"userId"},
    "AnnouncementIn": {"status"},
    "AnnouncementChangeIn": {"status"},
    "AnnouncementsQuery": {"status"},
}
"""What looks like the server's own and is the caller's to say; services decide whether this caller may."""

OPEN = {CallbackQuery}
"""Providers add parameters of their own, which are ignored."""

KEYED_BY_STREAMS = {("ConnectIn", "resume"), ("CourseWatchIn", "resume"), ("ThreadWatchIn", "resume")}
"""Maps whose keys are read as names of streams, and which are stored nowhere."""

BODIES = {route.body: route for route in ROUTES if route.body}
COMMAND_BODIES = [*{command.body for command in COMMANDS}, ConnectIn]
MODELS: list[type[In]] = sorted({*BODIES, *COMMAND_BODIES}, key=lambda model: model.__name__)
QUERIES = sorted({route.query for route in ROUTES if route.query}, key=lambda model: model.__name__)


def schema_of(model: type[In]) -> dict[str, Any]:
    return model.model_json_schema(by_alias=True)


def valid(model: type[In]) -> dict[str, Any]:
    """A body that the model accepts: the row's example, or its fields as the documents show them."""
    route = BODIES.get(model)
    if route is not None and route.example is not None:
        return json.loads(json.dumps(route.example).replace("{course_id}", "0" * 24).replace("{user_id}", "0" * 24))
    schema = schema_of(model)
    required = {name: schema["properties"][name] for name in schema.get("required", ())}
    return {name: sample(part, schema.get("$defs", {}), name) for name, part in required.items()}


def texts(model: type[In]) -> Iterator[str]:
    """The fields that take a text and nothing else of JSON but null."""
    for name, part in schema_of(model)["properties"].items():
        kinds = {one.get("type", "string") for one in part.get("anyOf", [part])}
        if kinds <= {"string", "null"} and "string" in kinds:
            yield name


def is_refused(model: type[In], body: dict[str, Any], field: str) -> bool:
    try:
        parse_body(model, json.dumps(body).encode())
    except InvalidInput as error:
        return any(one.path.partition(".")[0] == field for one in error.fields)
    return False


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_s08_a_text_is_a_text(model: type[In]):
    """An operator of the database, or a list, where a text belongs: 400, and the field is named."""
    body = valid(model)
    for field in texts(model):
        for operator in OPERATORS:
            assert is_refused(model, {**body, field: operator}, field), (field, operator)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_s08_no_operator_is_a_field(model: type[In]):
    """`$where`, dotted and bracketed names are no fields of ours."""
    for name in ("$where", "$or", "a.b", "email[$ne]", "$set"):
        assert is_refused(model, {**valid(model), name: "1"}, name.partition(".")[0]), name


@pytest.mark.parametrize("model", [*MODELS, *QUERIES], ids=lambda model: model.__name__)
def test_s08_no_map_takes_any_key(model: type[In]):
    """A field that is a map of names unknown to us refuses `$` and dots, which the database would read."""
    for name, part in schema_of(model)["properties"].items():
        is_open = "additionalProperties" in json.dumps(part) or part.keys().isdisjoint(
            {"type", "anyOf", "$ref", "enum"}
        )
        if not is_open or (model.__name__, name) in KEYED_BY_STREAMS:
            continue
        for key in ("$where", "a.b", "$gt"):
            assert is_refused(model, {**valid(model), name: {key: 1}}, name), (name, key)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_s08_a_query_has_no_operators(route: Route):
    """`field[$ne]=1`, `$where=1`: 400 everywhere; an operator as a value stays a text, or is refused."""
    names = list(schema_of(route.query)["properties"]) if route.query else ["id"]
    for name in [f"{known}[$ne]" for known in names] + [f"{known}[]" for known in names] + ["$where", "a.b", "$or[0]"]:
        with pytest.raises(InvalidInput):
            parse_query(route.query, make_mocked_request("GET", f"/x?{quote(name)}=1"))
    for name in names if route.query else ():
        for value in ('{"$gt":""}', '{"$ne":null}', "[x]", "$where"):
            try:
                taken = parse_query(route.query, make_mocked_request("GET", f"/x?{name}={quote(value)}"))
            except InvalidInput:
                continue
            assert value in taken.model_dump(by_alias=True).values()


@pytest.mark.parametrize("model", sorted({*MODELS, *QUERIES} - OPEN, key=str), ids=lambda model: model.__name__)
def test_s09_nobody_writes_what_the_server_owns(model: type[In]):
    """A field that is the server's own is unknown: a new model that takes one must say that it means to."""
    meant = SAID_ON_PURPOSE.get(model.__name__, set())
    for name in set(OWNED) - meant:
        with pytest.raises(ValidationError, match="extra_forbidden"):
            model.model_validate({**valid(model), name: 1})


@pytest.mark.parametrize("field", ["email", "password"])
async def test_s08_no_operator_signs_in(school: School, field: str):
    """The classic one, over HTTP: 400, never a match."""
    login = {"email": "admin@school.example", "password": "correct horse battery"}
    for operator in OPERATORS:
        reply = await call(school.http, "POST", f"{school.url}/api/v1/auth/signin", {**login, field: operator}, {})
        assert (reply.status, reply.body["fields"][0]["path"].partition(".")[0]) == (400, field)


@pytest.mark.parametrize("query", ["search[$ne]=1", "$where=1", "instructorId[$gt]=", 'instructorId={"$gt":""}'])
async def test_s08_no_operator_lists(school: School, query: str):
    """In a query string, over HTTP; nor does one name an object."""
    assert (await school.admin.get(f"/api/v1/courses?{query}")).status == 400
    for path in ("/api/v1/courses/[$ne]=1", '/api/v1/courses/{"$gt":""}', "/api/v1/announcements/$where"):
        assert (await school.admin.get(path)).status == 404


async def test_s09_a_course_keeps_what_was_not_said(school: School):
    """A change that brings the server's own fields is refused as a whole."""
    instructor = await school.person("instructor")
    path = f"/api/v1/courses/{await school.course(instructor)}"
    before = (await instructor.get(path)).data
    for name in ("isActive", "instructorId", "seatsTaken", "id", "version", "createdAt"):
        assert (await instructor.put(path, {"title": "Mine", name: 1})).status == 400
    assert (await instructor.get(path)).data == before
