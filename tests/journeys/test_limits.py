"""Limits of calls as clients meet them, and whose address they are counted for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from handlers.refusals import is_limited
from models.unit import AuditRecord
from server.app import Core
from server.routes import ROUTES
from tests.harness.doors import Doors, open_doors
from tests.harness.people import Reply
from tests.harness.school import NEW_COURSE

COURSES = "/api/v1/courses?limit=1"
DRAFT = {"email": "x", "password": "x", "firstName": "x", "lastName": "x"}


@pytest.fixture(scope="module")
async def doors(core: Core) -> AsyncIterator[Doors]:
    """With the limits of production."""
    async with open_doors(core, scale=1) as doors:
        yield doors


@pytest.fixture
async def narrow(core: Core) -> AsyncIterator[Doors]:
    """Ten calls for a user, one for an address."""
    async with open_doors(core, scale=0.01) as doors:
        yield doors


def left(reply: Reply) -> int:
    return int(reply.headers["RateLimit"].split(";")[1].removeprefix("r="))


async def test_s28_answers_say_what_is_left(doors: Doors):
    """Good or bad, to users and guests; what was refused before it was counted says nothing."""
    student = await doors.person()
    replies = [await student.get(path) for path in (COURSES, "/api/v1/courses/none", "/api/v1/courses?page=0")]
    assert [(reply.status, left(reply)) for reply in replies] == [(200, 999), (404, 998), (400, 997)]
    assert {reply.headers["RateLimit-Policy"] for reply in replies} == {'"api";q=1000;w=900'}
    guest = await doors.say("GET", COURSES, X_Forwarded_For="192.0.2.1")
    assert (guest.headers["RateLimit-Policy"], left(guest)) == ('"api";q=100;w=900', 99)
    assert "RateLimit" not in (await doors.say("GET", "/api/v1/users/me")).headers


async def test_s28_probes_and_documents_are_not_limited(doors: Doors):
    """Whoever watches the server, and whoever reads how to use it."""
    for route in ROUTES:
        if not is_limited(route):
            assert "RateLimit" not in (await doors.say("GET", route.path)).headers
    assert "RateLimit" not in (await doors.say("GET", "/web/app/main.js")).headers


async def test_s28_the_call_above_the_limit_is_refused(narrow: Doors):
    """429 with the time to wait, on every address of the API alike; another user does not notice."""
    student, other = await narrow.person(), await narrow.person()
    replies = [await student.get(f"/api/v1/courses?page={n % 2}") for n in range(12)]
    assert [reply.status for reply in replies] == [400, 200] * 5 + [429] * 2
    refused = replies[-1]
    assert (refused.code, refused.body["retryable"], left(refused)) == ("rate_limited", True, 0)
    until = int(refused.headers["RateLimit"].partition("t=")[2])
    assert int(refused.headers["Retry-After"]) >= until > 0
    assert (await student.post("/api/v1/announcements", {})).status in {403, 429}
    assert (await other.get(COURSES)).status == 200


async def test_s28_a_stream_tells_it_inside(narrow: Doors):
    """EventSource gives up on every status but 200."""
    student = await narrow.person()
    for _ in range(10):
        await student.get(COURSES)
    async with narrow.http.get(
        f"{narrow.url}/api/v1/events", headers={"Authorization": f"Bearer {student.token}"}
    ) as reply:
        assert (reply.status, reply.headers["RateLimit"].startswith('"api";r=0')) == (200, True)
        assert b"rate_limited" in await reply.content.read()


async def test_s28_a_class_behind_one_address_is_not_bothered(doors: Doors):
    """More calls than an address may make: what each does who is signed in is counted for themselves."""
    people = [await doors.person() for _ in range(4)]
    calls = [person.get(COURSES, X_Forwarded_For="203.0.113.5") for person in people for _ in range(30)]
    assert {reply.status for reply in await asyncio.gather(*calls)} == {200}


async def test_s28_few_register_from_one_address(doors: Doors):
    """Three at once; people elsewhere are not kept out."""
    replies = [await doors.say("POST", "/api/v1/auth/signup", DRAFT, X_Forwarded_For="192.0.2.7") for _ in range(4)]
    assert [reply.status for reply in replies] == [400, 400, 400, 429]
    assert replies[-1].headers["RateLimit-Policy"] == '"registration";q=3;w=1080'
    other = await doors.say("POST", "/api/v1/auth/signup", DRAFT, X_Forwarded_For="192.0.2.8")
    assert other.status == 400


async def test_s28_a_heavy_call_counts_for_several(doors: Doors):
    """A list of people costs ten calls, before it is looked at."""
    instructor = await doors.person("instructor")
    course = (await instructor.post("/api/v1/courses", NEW_COURSE)).data["courseId"]
    reply = await instructor.post(f"/api/v1/courses/{course}/roster", {"rows": []})
    assert left(reply) == 1000 - 1 - 10


FORGED = [
    {"X-Forwarded-For": "192.0.2.200"},
    {"X-Real-IP": "192.0.2.201", "Forwarded": "for=192.0.2.202", "X-Client-IP": "192.0.2.203"},
    {"CF-Connecting-IP": "192.0.2.204", "True-Client-IP": "192.0.2.205", "X-Forwarded-Host": "evil.example"},
]


async def test_s35_nobody_chooses_an_address(core: Core):
    """Without a proxy to trust no header counts: every guess is charged to the peer."""
    async with open_doors(core, scale=1, trusted_proxies="10.0.0.0/8") as doors:
        first = left(await doors.say("GET", COURSES))
        rest = [left(await doors.say("GET", COURSES, **forged)) for forged in FORGED]
        assert rest == [first - 1, first - 2, first - 3]


async def test_s35_only_the_hop_of_the_proxy_counts(core: Core):
    """Behind one, the last hop alone is believed; the audit keeps its network."""
    async with open_doors(core, scale=1) as doors:
        spoofs = ["198.51.100.1, 203.0.113.99", "198.51.100.2, 203.0.113.99", "203.0.113.99"]
        assert [left(await doors.say("GET", COURSES, X_Forwarded_For=one)) for one in spoofs] == [99, 98, 97]
        draft = {"email": "s35@school.example", "password": "correct horse battery", "firstName": "S", "lastName": "T"}
        sent = {"X_Forwarded_For": spoofs[0], "X_Request_ID": "s35-audit"}
        assert (await doors.say("POST", "/api/v1/auth/signup", draft, **sent)).status == 201
        kept = await AuditRecord.find({"request_id": "s35-audit"}).to_list()
        assert {one.ip_prefix for one in kept} == {"203.0.113.0/24"}
