"""S31: whatever breaks, and wherever, the answer is the envelope alone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from pymongo.errors import ServerSelectionTimeoutError

from handlers.call import Call, Gate, Live, Route
from models.accounts import User
from realtime.commands import Command, Said
from schemas.accounts import DoneOut
from schemas.types import In
from server.app import Core
from server.routes import ROUTES
from services.ports import EventWriter
from services.scopes import Scope
from tests.harness.doors import Doors, open_doors
from tests.harness.raw_socket import raw_socket

CANARY = "canary-4711"
KEYS = {"success", "data", "error", "message", "status", "code", "category", "details", "fields", "retryable"}


async def in_handler(_call: Call) -> DoneOut:
    """Fail."""
    raise KeyError(CANARY)


async def in_service(call: Call) -> DoneOut:
    """Fail."""
    _break(call.scope)
    return DoneOut()


def _break(scope: Scope) -> None:
    scope.unit.insert(CANARY)  # type: ignore[arg-type]
    json.loads(CANARY)


async def in_database(_call: Call) -> DoneOut:
    """Fail."""
    await User.get_pymongo_collection().find_one({f"${CANARY}": 1})
    return DoneOut()


async def away(_call: Call) -> DoneOut:
    """Fail."""
    raise ServerSelectionTimeoutError(CANARY)


async def in_answer(_call: Call) -> DoneOut:
    """Fail."""
    return CANARY  # type: ignore[return-value]


async def in_stream(_call: Call) -> Live:
    """Fail."""

    async def serve(writer: EventWriter) -> None:
        await writer.write(b": begun\n\n")
        raise KeyError(CANARY)

    return Live(serve)


async def in_command(_said: Said) -> DoneOut:
    """Fail."""
    raise KeyError(CANARY)


BREAKING = {"handler": in_handler, "service": in_service, "database": in_database, "away": away, "answer": in_answer}
STREAM = Route("GET", "/breaks/stream", in_stream, None, Gate.SIGNED_IN, streams=True)


@pytest.fixture(scope="module")
async def doors(core: Core) -> AsyncIterator[Doors]:
    rows = [Route("GET", f"/breaks/{name}", run, DoneOut, Gate.OPEN) for name, run in BREAKING.items()]
    command = Command("break", in_command, In, DoneOut, None)
    async with open_doors(core, routes=(*ROUTES, *rows, STREAM), commands=[command]) as doors:
        yield doors


@pytest.mark.parametrize("layer", BREAKING)
async def test_s31_a_failure_tells_nothing(doors: Doors, layer: str):
    """No trace, no path, no query, no version: a code, a text, and the id under which the log knows more."""
    reply = await doors.say("GET", f"/api/v1/breaks/{layer}", X_Request_ID="s31")
    code = {"database": "unavailable", "away": "unavailable"}.get(layer, "internal_error")
    assert (reply.status, reply.code) == ({"unavailable": 503}.get(code, 500), code)
    assert set(reply.body) == {*KEYS, "requestId"}
    assert reply.body["requestId"] == "s31"
    shown = json.dumps(reply.body) + str(reply.headers)
    assert [word for word in (CANARY, "Traceback", ".py", "mongo", "aiohttp", "Error(") if word in shown] == []


async def test_s31_a_stream_that_breaks_ends(doors: Doors):
    """Nothing follows what was told: not half an answer of another kind."""
    student = await doors.person()
    headers = {"Authorization": f"Bearer {student.token}"}
    async with doors.http.get(f"{doors.url}/api/v1/breaks/stream", headers=headers) as reply:
        told = b""
        with pytest.raises(Exception, match="payload"):
            while True:
                told += await reply.content.readany() or b""
    assert told == b": begun\n\n"


async def test_s31_a_command_that_breaks_tells_nothing(doors: Doors):
    """The ack has the same fields as a refusal over REST."""
    student = await doors.person()
    async with raw_socket(doors.url, student.token) as socket:
        ack = await socket.ask("break")
    assert (ack["ok"], ack["error"]["code"]) == (False, "internal_error")
    assert CANARY not in json.dumps(ack)
