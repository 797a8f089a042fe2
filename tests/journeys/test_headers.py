"""S30: the same headers on every answer, whatever made it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from io import BytesIO
from urllib.parse import urlsplit

import pytest

from handlers.call import Call, Gate, Route
from schemas.accounts import DoneOut
from server.app import Core
from server.headers import HSTS, SECURITY
from server.routes import ROUTES
from tests.harness.doors import OWN, Doors, open_doors
from tests.harness.people import Reply
from tests.harness.raw_socket import raw_socket

ONCE = {*SECURITY, "X-Request-ID"}
JSON = {"Content-Type": "application/json"}
LOOSER = {"Content-Security-Policy", "Cache-Control"}


async def crash(_call: Call) -> DoneOut:
    """Fail."""
    raise RuntimeError


CRASH = Route("GET", "/crash", crash, DoneOut, Gate.OPEN)


@pytest.fixture(scope="module")
async def doors(core: Core) -> AsyncIterator[Doors]:
    async with open_doors(core, routes=(*ROUTES, CRASH)) as doors:
        yield doors


def check(reply: Reply) -> None:
    """Each header once, with its value, or a policy of the page's own that is closed as well."""
    for name in ONCE:
        assert len(reply.headers.getall(name, ())) == 1, name
    for name, value in SECURITY.items():
        assert name in LOOSER or reply.headers[name] == value, name
    assert reply.headers["Strict-Transport-Security"] == HSTS
    policy = reply.headers["Content-Security-Policy"]
    assert all(f"{part} 'none'" in policy for part in ("default-src", "frame-ancestors", "base-uri"))
    assert "unsafe-eval" not in policy
    assert not re.search(r"script-src[^;]*unsafe", policy)
    assert "aiohttp" not in reply.headers.get("Server", "")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_s30_every_route(doors: Doors, route: Route):
    """To whoever asks without being known."""
    path = re.sub(r"\{\w+\}", "0" * 24, route.paths[0])
    check(await doors.say(route.method, path))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        *(("GET", "/nothing", 404), ("PATCH", "/api/v1/courses", 405), ("TRACE", "/api/v1/courses", 405)),
        *(("OPTIONS", "/api/v1/courses", 403), ("GET", "/api/v1/crash", 500), ("GET", "/", 302), ("GET", "/app/", 200)),
        *(("GET", "/web/app/main.js", 200), ("GET", "/web/none.js", 404), ("GET", "/docs", 200)),
        *(
            ("GET", "/socket.io/?EIO=4&transport=polling", 400),
            ("POST", "/socket.io/", 400),
            ("OPTIONS", "/livez", 403),
        ),
        *(("POST", "/api/v1/courses", 401), ("GET", "/api/v1/courses?page=0", 400), ("HEAD", "/api/v1/courses", 200)),
    ],
)
async def test_s30_every_kind_of_answer(doors: Doors, method: str, path: str, status: int):
    """Pages, files, refusals of every kind, and crashes."""
    async with doors.http.request(method, doors.url + path, allow_redirects=False) as response:
        reply = Reply(response.status, None, response.headers)
    assert reply.status == status
    check(reply)


async def test_s30_streams_bodies_and_conditions(doors: Doors):
    """A stream of events, a body that is too large, and an answer that has not changed."""
    student = await doors.person()
    bearer = {"Authorization": f"Bearer {student.token}"}
    async with doors.http.get(f"{doors.url}/api/v1/events", headers=bearer) as stream:
        check(Reply(stream.status, None, stream.headers))
    async with doors.http.post(
        f"{doors.url}/api/v1/courses/join", data=BytesIO(b"x" * 2_000_000), headers={**bearer, **JSON}
    ) as reply:
        check(too_large := Reply(reply.status, None, reply.headers))
    me = await student.get("/api/v1/users/me")
    check(unchanged := await student.get("/api/v1/users/me", If_None_Match=me.headers["ETag"]))
    assert (too_large.status, unchanged.status) == (413, 304)


async def test_s30_what_is_private_is_not_kept(doors: Doors):
    """No cache, the browser's own neither, holds what only one person may see; what all may see it may hold."""
    student = await doors.person()
    assert (await student.get("/api/v1/users/me")).headers["Cache-Control"] == "no-store"
    assert (await student.get("/api/v1/courses")).headers["Cache-Control"] == "no-store"
    assert (await doors.say("GET", "/api/v1/courses")).headers["Cache-Control"] == "private, no-cache"


async def test_s30_sockets(doors: Doors):
    """A refused upgrade is an answer like any other; one that is granted is none."""
    async with raw_socket(doors.url, Origin="https://evil.example") as socket:
        assert socket.status == 403
        assert {name.lower() for name in ONCE} <= set(socket.headers)
    async with raw_socket(doors.url, Origin=OWN) as socket:
        assert (socket.status, "content-security-policy" in socket.headers) == (101, False)


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x02\x00\r\n\r\n", b"GET / HTTP/1.1\r\nX: canary\x00\r\n\r\n"])
async def test_s31_what_is_no_http_is_told_in_the_form_of_every_error(doors: Doors, sent: bytes):
    """The library would quote what it got."""
    place = urlsplit(doors.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(sent)
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert b" 400 Bad Request\r\n" in head
    assert b'"code":"bad_request"' in body
    assert b"canary" not in body
    assert all(f"\r\n{name}: {value}".encode() in head for name, value in SECURITY.items())
    assert b"aiohttp" not in head


async def test_s30_development_says_no_hsts(core: Core):
    """A browser that once heard it would refuse plain http there for a year."""
    async with open_doors(core, app_env=core.settings.app_env) as doors:
        assert "Strict-Transport-Security" not in (await doors.say("GET", "/livez")).headers
