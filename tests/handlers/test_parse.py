"""From query strings, bodies and path ids to a handler's input."""

import asyncio
from typing import Annotated

import pytest
from aiohttp import StreamReader, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request
from pydantic import Field

from handlers.call import Gate, Route
from handlers.parse import parse_body, parse_query, path_id, read_body
from schemas.accounts import RefreshIn, SignInIn
from schemas.courses import CoursesQuery
from schemas.page import PageQuery
from schemas.types import Id
from services.errors import AmbiguousField, BodyTooLarge, InvalidInput, MalformedJson, NotFound, UnsupportedMediaType

COURSE = "65f0a1b2c3d4e5f60718293a"


class Wanted(PageQuery):
    """A query with every kind of field."""

    course_id: Id | None = None
    is_open: bool | None = None
    at_least: Annotated[int, Field(ge=-5)] | None = None
    text: str | None = None


def asked(query: str) -> web.Request:
    return make_mocked_request("GET", f"/x?{query}")


@pytest.mark.parametrize(
    ("query", "field", "value"),
    [
        ("", "page", 1),
        ("page=2", "page", 2),
        ("page=0002", "page", 2),
        ("at_least=-5", "at_least", -5),
        ("atLeast=0", "at_least", 0),
        ("isOpen=true", "is_open", True),
        ("is_open=false", "is_open", False),
        ("text=7", "text", "7"),
        ("text=true", "text", "true"),
        ("text=a+b%2B%C3%A9", "text", "a b+é"),
        ("text=", "text", ""),
        (f"courseId={COURSE}", "course_id", COURSE),
        (f"courseId={COURSE}&course_id={COURSE}", "course_id", COURSE),
    ],
)
def test_query_values(query, field, value):
    """A parameter is read as what its field is, under both of its spellings."""
    assert getattr(parse_query(Wanted, asked(query)), field) == value


@pytest.mark.parametrize(
    ("query", "path", "code"),
    [
        ("page=", "page", "int_type"),
        ("page=1.0", "page", "int_type"),
        ("page=1e3", "page", "int_type"),
        ("page=%2B1", "page", "int_type"),
        ("page=+1", "page", "int_type"),
        ("page=1_000", "page", "int_type"),
        ("page=0x1", "page", "int_type"),
        ("page=%D9%A3", "page", "int_type"),
        ("page=1000000000000000", "page", "int_type"),
        ("page=0", "page", "greater_than_equal"),
        ("limit=101", "limit", "less_than_equal"),
        ("isOpen=1", "isOpen", "bool_type"),
        ("isOpen=True", "isOpen", "bool_type"),
        ("isOpen=", "isOpen", "bool_type"),
        ("courseId=42", "courseId", "string_pattern_mismatch"),
        ("page=1&page=1", "page", "repeated"),
        ("text=a%00b", "text", "forbidden_character"),
        ("colour=red", "colour", "extra_forbidden"),
        ("$where=1", "$where", "extra_forbidden"),
        ("text[$ne]=1", "text[$ne]", "extra_forbidden"),
    ],
)
def test_query_refusals(query, path, code):
    """Nothing is guessed: a wrong, unknown or repeated parameter is named."""
    with pytest.raises(InvalidInput) as refusal:
        parse_query(Wanted, asked(query))

    assert [(field.path, field.code) for field in refusal.value.fields] == [(path, code)]


def test_spellings_that_disagree():
    """Two spellings of one parameter must say the same."""
    with pytest.raises(AmbiguousField):
        parse_query(Wanted, asked("atLeast=1&at_least=2"))


def test_no_query_is_taken_where_none_is_declared():
    """A route without parameters refuses every one."""
    assert parse_query(None, asked("")) is None
    with pytest.raises(InvalidInput) as refusal:
        parse_query(None, asked("a=1&b=2"))
    assert [field.path for field in refusal.value.fields] == ["a", "b"]


def test_nothing_that_the_database_cannot_look_for():
    """NUL in a search is a mistake of the client, not a failure of the database."""
    with pytest.raises(InvalidInput):
        parse_query(CoursesQuery, asked("search=%00"))


def test_body_is_strict_and_names_every_wrong_field():
    """A number is not a text, an unknown field is not ignored, and all of it is told at once."""
    with pytest.raises(InvalidInput) as refusal:
        parse_body(SignInIn, b'{"email":1,"role":"admin"}')

    found = {field.path: field.code for field in refusal.value.fields}
    assert found == {"email": "string_type", "password": "missing", "role": "extra_forbidden"}
    with pytest.raises(MalformedJson):
        parse_body(SignInIn, b'{"email":')


def test_body_takes_both_spellings():
    """camelCase and snake_case both count."""
    assert parse_body(RefreshIn, b'{"refreshToken":"a"}') == parse_body(RefreshIn, b'{"refresh_token":"a"}')


@pytest.mark.parametrize("value", ["", "42", COURSE.upper(), COURSE + "0", COURSE + "\n", "../" + COURSE, "{$ne:1}"])
def test_a_malformed_id_names_nothing(value):
    """An id that cannot exist is not found, as one that does not exist."""
    request = make_mocked_request("GET", "/x", match_info={"course_id": value})
    with pytest.raises(NotFound):
        path_id(request, "course_id")


def test_a_good_id():
    """The id as it stands in the path."""
    assert path_id(make_mocked_request("GET", "/x", match_info={"course_id": COURSE}), "course_id") == COURSE


def sent(raw: bytes, **headers: str) -> web.Request:
    loop = asyncio.get_running_loop()
    payload = StreamReader(BaseProtocol(loop), 2**16, loop=loop)
    payload.feed_data(raw)
    payload.feed_eof()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return make_mocked_request("POST", "/x", headers=named, payload=payload)


def row(body: type | None, limit: int = 100) -> Route:
    return Route("POST", "/x", read_body, None, Gate.OPEN, body=body, body_limit=limit)


async def test_body_within_its_limit():
    """A body of exactly the limit passes, one byte more is refused, whether its length was declared or not."""
    json = "application/json; charset=utf-8"
    assert await read_body(row(SignInIn), sent(b"x" * 100, Content_Type=json)) == b"x" * 100
    for declared in ({}, {"Content_Length": "101"}):
        with pytest.raises(BodyTooLarge):
            await read_body(row(SignInIn), sent(b"x" * 101, Content_Type=json, **declared))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content_Type": "text/plain"},
        {"Content_Type": "application/x-www-form-urlencoded"},
        {"Content_Type": "application/json", "Content_Encoding": "gzip"},
    ],
    ids=str,
)
async def test_body_of_another_kind(headers):
    """Only plain JSON is read: what a form can send without asking is refused."""
    with pytest.raises(UnsupportedMediaType):
        await read_body(row(SignInIn), sent(b"{}", **headers))


async def test_body_that_may_be_left_out():
    """Where nothing is required no body counts as an empty object; where the row takes none it is not read."""
    json = "application/json"
    assert await read_body(row(RefreshIn), sent(b"", Content_Type=json)) == b"{}"
    assert await read_body(row(SignInIn), sent(b"", Content_Type=json)) == b""
    assert await read_body(row(None), sent(b"ignored", Content_Type="text/plain")) == b""
