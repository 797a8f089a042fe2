"""The OpenAPI document is valid, complete, and true: every row, every refusal, every example."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from typer.testing import CliRunner

from handlers.call import Gate
from handlers.refusals import NOWHERE, refusals
from realtime.limits import CLOSE_CODES
from schemas.accounts import SessionOut
from schemas.factors import SignInOut
from schemas.types import UserRole
from server.__main__ import cli
from server.asyncapi import LIVE_REFUSALS
from server.openapi import openapi_document
from server.postman import postman_collection
from server.routes import DEVELOPMENT_ROUTES, ROUTES
from services.errors import DomainError
from services.permissions import reach_of
from tests.harness.school import School

DOCUMENT = openapi_document(ROUTES)
OPERATIONS = {(route.method, route.path): DOCUMENT["paths"][route.paths[0]][route.method.lower()] for route in ROUTES}

each_route = pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")


def fits(value: Any, schema: Any) -> bool:
    """Whether the value fits a schema of the document."""
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]}).is_valid(value)


def test_the_document_is_valid():
    """It is OpenAPI 3.1, alone and with the rows for development."""
    assert list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors()) == []
    assert list(OpenAPIV31SpecValidator(openapi_document((*ROUTES, *DEVELOPMENT_ROUTES))).iter_errors()) == []


def test_every_row_is_described_once():
    """As many operations as rows, each under a name of its own."""
    described = [operation for path in DOCUMENT["paths"].values() for operation in path.values()]
    assert len(described) == len(ROUTES)
    assert len({operation["operationId"] for operation in described}) == len(ROUTES)
    assert {tag for operation in described for tag in operation["tags"]} == {tag["name"] for tag in DOCUMENT["tags"]}


@each_route
def test_a_row_is_described_as_it_is(route):
    """Permission, object, aliases and statuses are the row's."""
    operation = OPERATIONS[route.method, route.path]
    assert operation["x-permission"] == str(route.requires)
    assert (operation.get("x-about"), operation.get("x-aliases", [])) == (route.about, list(route.paths[1:]))
    assert {str(int(status)) for status in (route.status, *route.also)} <= set(operation["responses"])
    assert ("requestBody" in operation) == (route.body is not None)
    assert ({} in operation["security"] or not operation["security"]) == (
        route.requires is Gate.OPEN or (route.requires in set(reachable_by_guests()))
    )


def reachable_by_guests() -> Iterator[Any]:
    return (route.requires for route in ROUTES if reach_of(UserRole.GUEST, route.requires))


@each_route
def test_every_refusal_of_a_row_is_listed(route):
    """Each code stands under its status, with an example, unless the row's own reply has that status."""
    responses = OPERATIONS[route.method, route.path]["responses"]
    for kind in refusals(route):
        if int(kind.status) not in {int(status) for status in route.also}:
            response = responses[str(int(kind.status))]
            assert kind.code in response["x-codes"]
            assert kind.code in response["content"]["application/json"]["examples"]


def test_every_refusal_is_somebodys():
    """A class of `DomainError` that no row, no unknown address and no live client meets is dead, or undeclared."""
    met = {kind for route in ROUTES for kind in refusals(route)} | {*NOWHERE, *LIVE_REFUSALS, *CLOSE_CODES}
    assert set(DomainError.__subclasses__()) - met == set()


def examples() -> Iterator[tuple[str, Any, Any]]:
    for (method, path), operation in OPERATIONS.items():
        contents = [operation.get("requestBody", {}), *operation["responses"].values()]
        for content in (content for part in contents for content in part.get("content", {}).values()):
            shown = [content["example"]] if "example" in content else []
            named = [DOCUMENT["components"]["examples"][name]["value"] for name in content.get("examples", {})]
            yield from ((f"{method} {path}", value, content["schema"]) for value in (*shown, *named))


def test_every_example_fits_its_schema():
    """What is shown, of bodies, replies and refusals, is what the schema says."""
    wrong = [(where, value) for where, value, schema in examples() if not fits(value, schema)]
    assert wrong == []
    assert len(list(examples())) > len(ROUTES)


def test_every_call_is_in_the_collection():
    """The Postman collection has each operation in its folder, and keeps the token of a sign-in."""
    collection = postman_collection(DOCUMENT)
    items = {item["name"]: item for folder in collection["item"] for item in folder["item"]}
    assert len(items) == len(ROUTES)
    opening = {route.handler.__name__ for route in ROUTES if route.reply in {SessionOut, SignInOut}}
    assert {name for name, item in items.items() if "event" in item} == opening
    assert "{{token}}" in str(collection["auth"])


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/openapi.json", "application/json"),
        ("/asyncapi.json", "application/json"),
        ("/docs", "text/html"),
        ("/docs/events", "text/html"),
    ],
)
async def test_the_documents_are_served(school: School, path: str, content_type: str):
    """With an ETag, compressed on demand, and under a policy that closes everything else."""
    async with school.http.get(school.url + path, headers={"Accept-Encoding": "gzip"}) as reply:
        await reply.read()
        assert (reply.status, reply.content_type, reply.headers["Content-Encoding"]) == (200, content_type, "gzip")
        assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'")
    async with school.http.get(school.url + path, headers={"If-None-Match": reply.headers["ETag"]}) as again:
        assert again.status == 304


async def test_what_is_served_is_the_document(school: School):
    """A client that asks the server gets what `docs/reference` shows."""
    async with school.http.get(f"{school.url}/openapi.json") as reply:
        assert await reply.json() == DOCUMENT


async def test_the_page_needs_nothing_from_elsewhere(school: School):
    """Every file that the page names is served here, and the page names no other host."""
    async with school.http.get(f"{school.url}/docs") as reply:
        page = await reply.text()
    named = [part.partition('"')[0] for mark in ('src="', 'href="') for part in page.split(mark)[1:]]
    assert len(named) > 3
    assert [name for name in named if not name.startswith("/")] == []
    for name in named:
        async with school.http.get(school.url + name) as reply:
            assert reply.status == 200, name


@pytest.mark.parametrize(("command", "begin"), [("openapi", "openapi"), ("asyncapi", "asyncapi"), ("postman", "info")])
def test_the_commands_write_the_documents(tmp_path, command, begin):
    """To standard output, and the same into a file."""
    shown = CliRunner().invoke(cli, [command])
    assert CliRunner().invoke(cli, [command, "--out", str(tmp_path / "out.json")]).exit_code == 0
    assert (tmp_path / "out.json").read_text(encoding="utf-8") == shown.output
    assert next(iter(json.loads(shown.output))) == begin
