"""The tables are the map: every row is complete, and everything that names a row names one that exists."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import ValidationError

from handlers.call import Gate, Route
from handlers.health import livez
from handlers.parse import parse_body
from realtime.commands import COMMANDS
from schemas.events import DURABLE, EVENTS, SPEC_OF, Event
from schemas.types import In, Out, now
from server.routes import DEVELOPMENT_ROUTES, ROUTES, BadRouteError, check_routes
from services.access import DOORS
from services.permissions import Permission
from services.slots import slots_after
from workers.jobs import JOBS

ROOT = Path(__file__).parents[2]
ALL_ROUTES = (*ROUTES, *DEVELOPMENT_ROUTES)
KINDS = {spec.kind: spec for spec in JOBS}
SOME_ID = "65f0a1b2c3d4e5f60718293a"

each_route = pytest.mark.parametrize("route", ALL_ROUTES, ids=lambda route: f"{route.method} {route.path}")
each_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
each_job = pytest.mark.parametrize("job", JOBS, ids=lambda job: job.kind)

GOOD = Route("GET", "/courses/{course_id}", livez, None, Permission.COURSE_READ, about="path.course_id")


def test_the_routes_are_safe():
    """The table that is served passes its own check, alone and with the rows for development."""
    check_routes(ROUTES)
    check_routes(ALL_ROUTES)
    check_routes([GOOD])


def test_what_matters_asks_again_who_is_there():
    """Ways in and out of an account, roles by whatever name, and keys: not without a proof of the last ten minutes.

    A new password or address in one's profile has the present password for a proof.
    """
    asking = {f"{route.method} {route.path}" for route in ROUTES if route.step_up}
    assert asking == {
        *("POST /auth/change-password", "POST /auth/mfa/enroll", "POST /auth/mfa/disable"),
        *("POST /auth/mfa/recovery-codes", "POST /users/{user_id}/factors/reset"),
        *("POST /auth/identities/link", "DELETE /auth/identities/{identity_id}", "POST /auth/api-keys"),
        *("DELETE /auth/sessions", "DELETE /auth/sessions/{session_id}", "POST /users/{user_id}/sessions/revoke"),
        *("PUT /users/{user_id}/role", "POST /users/{user_id}/assignments", "POST /admin/invite-codes"),
        *("DELETE /role-assignments/{assignment_id}", "DELETE /users/{user_id}"),
        *("POST /admin/webhooks", "POST /admin/webhooks/{webhook_id}/secret"),
    }


@pytest.mark.parametrize("nobody", [None, "course.read", UserWarning, True])
def test_a_row_without_a_permission_is_refused(nobody):
    """Whoever forgets to say who may call gets a server that does not start."""
    with pytest.raises(BadRouteError, match="no permission"):
        check_routes([replace(GOOD, requires=nobody)])


@pytest.mark.parametrize("about", ["path.lesson_id", "path.", "course_id", "path", ""])
def test_a_row_about_nothing_known_is_refused(about):
    """An object that no door leads to cannot be entered, so nothing would be checked."""
    with pytest.raises(BadRouteError, match="no door"):
        check_routes([replace(GOOD, about=about)])


@pytest.mark.parametrize(
    "changed",
    [
        {"about": None},
        {"about": "body.course_id"},
        {"about": "path.user_id"},
        {"requires": Gate.SIGNED_IN},
        {"requires": Gate.OPEN},
        {"path": "/courses/{course_id}/people/{user_id}"},
        {"path": "/courses"},
        {"aliases": ("/lessons/{lesson_id}",)},
        {"aliases": ("/courses/mine",)},
    ],
    ids=str,
)
def test_an_id_that_nobody_checks_is_refused(changed):
    """Every id in every address of a row is the one that its door checks."""
    with pytest.raises(BadRouteError, match="nobody checks"):
        check_routes([replace(GOOD, **changed)])


@pytest.mark.parametrize(
    "second",
    [GOOD, replace(GOOD, path="/other/{course_id}", aliases=(GOOD.path,)), replace(GOOD, status=201)],
    ids=["the same", "an alias", "another status"],
)
def test_two_rows_for_one_address_are_refused(second):
    """Which of two rows counts is never left to their order; another method is another address."""
    check_routes([GOOD, replace(GOOD, method="PUT")])
    with pytest.raises(BadRouteError, match="twice"):
        check_routes([GOOD, second])


@each_route
def test_what_a_row_is_about_is_in_the_request(route):
    """The id stands where the row says: in the path, in a required field of body or query, or it is the caller's."""
    source = {"body": route.body, "query": route.query}.get(route.about_source)
    if source is not None:
        assert source.model_fields[route.about_name].is_required() is not route.or_school
    assert route.about is None or route.about_source in {"path", "body", "query", "caller"}
    assert not (route.body and not route.is_write)


@each_route
def test_examples_are_what_the_model_accepts(route):
    """A write with required fields shows a body, and what is shown is valid."""
    needs = route.body is not None and any(field.is_required() for field in route.body.model_fields.values())
    assert route.example is not None or not needs
    if route.example is not None:
        filled = re.sub(r"\{(course|user)_id\}", SOME_ID, json.dumps(route.example))
        assert isinstance(parse_body(route.body, filled.encode()), In)


def sentence(function: object) -> bool:
    """Whether the first line of the docstring can stand in the reference."""
    return (inspect.getdoc(function) or "").partition("\n")[0].endswith(".")


@each_route
def test_routes_are_described(route):
    """Every handler says what it does."""
    assert sentence(route.handler)
    assert route.reply is None or issubclass(route.reply, Out)


@each_command
def test_commands(command):
    """A command takes a strict body, answers a declared shape, and says what it does."""
    assert (issubclass(command.body, In), issubclass(command.reply, Out)) == (True, True)
    assert command.body.model_config["extra"] == "forbid"
    assert inspect.signature(command.run).return_annotation == command.reply.__name__
    assert command.requires is None or isinstance(command.requires, Permission)
    assert sentence(command.run)


@each_job
def test_jobs(job):
    """A job takes exactly its arguments, ends in time, and says what it does."""
    with pytest.raises(ValidationError, match="extra_forbidden"):
        job.args.model_validate({"no_such_argument": 1})
    assert min(job.attempts, job.timeout_s, *job.backoff_s) > 0
    assert sentence(job.run)
    if job.cron is not None:
        assert job.args() is not None
        assert next(slots_after(job.cron.line, job.cron.zone or "UTC", now())) > now()


def test_names_are_unique():
    """A name means one row."""
    assert len(KINDS) == len(JOBS)
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)


def test_every_door_is_used():
    """An id with a door is the object of some route."""
    assert {route.about_name for route in ROUTES if route.about} == set(DOORS)


def modules(*folders: str) -> Iterator[tuple[ModuleType, ast.Module]]:
    for path in sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        yield import_module(name), ast.parse(path.read_text(encoding="utf-8"))


def calls(tree: ast.AST, *methods: str, on: str = "unit") -> list[ast.Call]:
    """The calls `….unit.method(…)` below a node."""
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    return [node for node in nodes if node.func.attr in methods and ast.unparse(node.func.value).endswith(on)]


def test_what_is_enqueued_is_a_job():
    """A service names a row of JOBS, literally, and hands it that row's arguments."""
    enqueued = [call for _, tree in modules("services", "workers") for call in calls(tree, "enqueue")]

    assert enqueued
    for kind, args in (call.args for call in enqueued):
        assert ast.literal_eval(kind) in KINDS
        assert ast.unparse(args.func) == KINDS[ast.literal_eval(kind)].args.__name__


def meanings(function: ast.AST, name: str, known: Mapping[str, object]) -> set[object]:
    """What a name can stand for in a function: a class of its module, or those that a local is chosen from."""
    if isinstance(known.get(name), type):
        return {known[name]}
    chosen = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and name in map(ast.unparse, node.targets)
    ]
    names = {node.id for value in chosen for node in ast.walk(value) if isinstance(node, ast.Name)}
    return {known[found] for found in names if isinstance(known.get(found), type) and issubclass(known[found], Event)}


def events_of(*folders: str, methods: tuple[str, ...], on: str) -> Iterator[set[object]]:
    for module, tree in modules(*folders):
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for call in calls(function, *methods, on=on):
                    event = call.args[0].func if isinstance(call.args[0], ast.Call) else call.args[0]
                    yield meanings(function, ast.unparse(event), vars(module))


def test_what_is_emitted_is_an_event():
    """A unit emits what is kept, the live side tells what is not, and every row is told somewhere."""
    emitted = list(events_of("services", "workers", methods=("emit",), on="unit"))
    told = list(events_of("realtime", "workers", methods=("tell", "tell_here"), on="ephemeral"))

    assert all(emitted)
    assert all(told)
    assert set().union(*emitted) == {spec.payload for spec in DURABLE}
    assert set().union(*emitted, *told) == set(SPEC_OF) == {spec.payload for spec in EVENTS}
