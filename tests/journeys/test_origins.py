"""Whose pages may do what: S14 (forged calls), S15 (CORS), S16 (sockets of other sites)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from server.app import Core
from tests.harness.doors import FRIEND, OWN, Doors, open_doors
from tests.harness.people import Reply, feed
from tests.harness.raw_socket import raw_socket
from tests.harness.school import NEW_COURSE

EVIL = "https://evil.example"
FOREIGN = [
    *("https://evil-app.example", "https://app.example.evil", "https://app.example.evil.example", "null", EVIL),
    *("http://app.example", "https://app.example:8443", "https://app.example:443", "https://APP.example"),
    *(
        "https://sub.app.example",
        "app.example",
        "*",
        "",
        "https://app.example/",
        "https://app.example, https://evil.example",
    ),
]
WRITES = ["/api/v1/auth/logout", "/api/v1/auth/refresh", "/api/v1/courses/join", "/api/auth/logout"]
FORGED = {
    "a cross-site page": {"Sec-Fetch-Site": "cross-site", "Origin": EVIL},
    "a sibling subdomain": {"Sec-Fetch-Site": "same-site", "Origin": "https://wiki.school.example"},
    "Fetch Metadata alone": {"Sec-Fetch-Site": "cross-site"},
    "an old browser": {"Origin": EVIL},
    "a sandboxed frame": {"Origin": "null"},
    "no word at all": {},
    "only a Referer": {"Referer": f"{OWN}/app/"},
    "another port": {"Origin": f"{OWN}:8443"},
    "plain http": {"Origin": "http://school.example"},
    "a page of the list": {"Sec-Fetch-Site": "cross-site", "Origin": FRIEND},
}
OURS = {
    "a browser of today": {"Sec-Fetch-Site": "same-origin", "Origin": OWN},
    "an older one, behind a proxy that ends TLS": {"Origin": OWN},
}


@pytest.fixture(scope="module")
async def doors(core: Core) -> AsyncIterator[Doors]:
    async with open_doors(core) as doors:
        yield doors


async def me(doors: Doors, cookies: str) -> int:
    """Whether the session still holds, as our own page asks."""
    return (await doors.say("GET", "/api/v1/users/me", Cookie=cookies)).status


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
async def test_s14_a_cookie_without_proof_is_refused(doors: Doors, forged: dict[str, str]):
    """Signing out and refreshing too: 403, no cookie is given or taken away, and the session goes on."""
    cookies = await doors.cookies()
    for path in WRITES:
        reply = await doors.say("POST", path, {}, Cookie=cookies, **forged)
        assert (reply.status, reply.code, "Set-Cookie" in reply.headers) == (403, "cross_origin", False)
    assert await me(doors, cookies) == 200


@pytest.mark.parametrize("ours", OURS.values(), ids=OURS)
async def test_s14_our_own_page_proves_itself(doors: Doors, ours: dict[str, str]):
    """The origin of PUBLIC_URL is ours, though the server itself sees plain http and another name."""
    cookies = await doors.cookies()
    assert (await doors.say("POST", "/api/v1/auth/refresh", {}, Cookie=cookies, **ours)).status == 200
    assert (await doors.say("POST", "/api/v1/auth/logout", {}, Cookie=cookies, **ours)).status == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
async def test_s14_a_form_is_not_taken(doors: Doors, kind: str):
    """What a form can send without being asked first: refused with a cookie and without one, and with a proof too."""
    cookies = await doors.cookies()
    for headers, status in (
        ({"Origin": EVIL, "Cookie": cookies}, 403),
        ({"Origin": EVIL}, 403),  # its answer could take cookies away
        ({"Origin": OWN, "Cookie": cookies}, 415),
    ):
        sent = {"Content-Type": kind, **headers}
        url = f"{doors.url}/api/v1/courses/join"
        async with doors.http.post(url, data=b'{"code": "x"}', headers=sent) as reply:
            assert reply.status == status
    forged = {"Origin": EVIL, "Content-Type": kind}
    async with doors.http.post(f"{doors.url}/api/v1/auth/logout", headers=forged) as reply:
        assert (reply.status, "Set-Cookie" in reply.headers) == (403, False)


async def test_s14_a_bearer_needs_no_proof(doors: Doors):
    """No page has the token of another, so whoever sends it may come from anywhere."""
    instructor = await doors.person("instructor")
    for headers in FORGED.values():
        assert (await instructor.post("/api/v1/courses", NEW_COURSE, **headers)).status == 201


async def test_s14_programs_sign_in_without_a_word_about_pages(doors: Doors):
    """Neither Origin nor Fetch Metadata: no browser, and no cookie that could be misused."""
    login = {"email": "nobody@school.example", "password": "correct horse battery"}
    assert (await doors.say("POST", "/api/v1/auth/signin", login)).status == 401
    assert (await doors.say("POST", "/api/v1/auth/signin", login, Origin=EVIL)).status == 403


def allowed(reply: Reply) -> dict[str, str]:
    found = {name: value for name, value in reply.headers.items() if name.startswith("Access-Control-")}
    assert "Access-Control-Allow-Credentials" not in found
    assert "*" not in found.values()
    return found


async def preflight(doors: Doors, origin: str, method: str, *headers: str) -> Reply:
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": ", ".join(headers)}
    path = f"/api/v1/courses/{'0' * 24}"
    return await doors.say("OPTIONS", path, Origin=origin, **asked)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "GET"])
async def test_s15_a_page_of_the_list_may_ask(doors: Doors, method: str):
    """The preflight names what it may do and send; nothing is ever allowed to all."""
    reply = await preflight(doors, FRIEND, method, "authorization", "idempotency-key", "if-match", "content-type")
    found = allowed(reply)
    assert (reply.status, found["Access-Control-Allow-Origin"]) == (200, FRIEND)
    assert found["Access-Control-Allow-Methods"] == method
    assert {"AUTHORIZATION", "IDEMPOTENCY-KEY", "IF-MATCH"} <= set(found["Access-Control-Allow-Headers"].split(","))
    assert "Origin" in reply.headers["Vary"]


async def test_s15_a_page_of_the_list_reads_answers(doors: Doors):
    """Good and bad ones, with the headers that a client needs; caches know that answers differ."""
    student = await doors.person()
    for path, status in (("/api/v1/users/me", 200), ("/api/v1/courses/none", 404), ("/api/v1/courses?page=0", 400)):
        reply = await student.get(path, Origin=FRIEND)
        found = allowed(reply)
        assert (reply.status, found["Access-Control-Allow-Origin"]) == (status, FRIEND)
        shown = set(found["Access-Control-Expose-Headers"].split(","))
        assert shown >= {"ETag", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID", "Idempotency-Replayed"}
        assert "Origin" in reply.headers["Vary"]


@pytest.mark.parametrize("origin", FOREIGN)
async def test_s15_nobody_else_is_told_anything(doors: Doors, origin: str):
    """What only looks like an origin of the list: no preflight, no answer that a page could read."""
    student = await doors.person()
    refused = await preflight(doors, origin, "PUT", "authorization")
    assert (refused.status, refused.code, allowed(refused)) == (403, "origin_not_allowed", {})
    assert allowed(await student.get("/api/v1/users/me", Origin=origin)) == {}


@pytest.mark.parametrize(("method", "header"), [("LINK", "authorization"), ("PUT", "x-evil"), ("TRACE", "if-match")])
async def test_s15_only_what_we_understand_may_be_sent(doors: Doors, method: str, header: str):
    """Other methods and headers are not waved through."""
    assert allowed(await preflight(doors, FRIEND, method, header)) == {}


async def test_s15_a_page_of_the_list_comes_with_a_token_and_never_with_a_cookie(doors: Doors):
    """Reading too: it signs in like any program, and gets its tokens in the body."""
    cookies = await doors.cookies()
    page = {"Origin": FRIEND, "Sec-Fetch-Site": "cross-site"}
    assert (await doors.say("GET", "/api/v1/users/me", Cookie=cookies, **page)).code == "cross_origin"
    login = {"email": "nobody@school.example", "password": "correct horse battery"}
    assert (await doors.say("POST", "/api/v1/auth/signin", login, **page)).status == 401
    student = await doors.person()
    renewed = await doors.say("POST", "/api/v1/auth/refresh", {"refreshToken": student.refresh_token}, **page)
    assert (renewed.data["refreshToken"] is not None, "Set-Cookie" in renewed.headers) == (True, False)


async def test_s15_without_a_list_there_is_no_cors(core: Core):
    """As it is unless somebody opens it."""
    async with open_doors(core, allowed_origins="") as doors:
        assert (await preflight(doors, FRIEND, "PUT")).status == 405
        reply = await doors.say("GET", "/api/v1/courses", Origin=FRIEND)
        assert (allowed(reply), "Origin" in reply.headers.get("Vary", "")) == ({}, False)


@pytest.mark.parametrize("origin", [one for one in FOREIGN if one != FRIEND])
async def test_s16_no_socket_for_foreign_pages(doors: Doors, origin: str):
    """Refused before the upgrade, with the cookie and with a token alike, and polling is not there at all."""
    cookies = await doors.cookies()
    async with raw_socket(doors.url, Origin=origin, Cookie=cookies) as socket:
        assert (socket.status, socket.refusal["code"]) == (403, "origin_not_allowed")
    polling = await doors.say("GET", "/socket.io/?EIO=4&transport=polling", Origin=origin, Cookie=cookies)
    assert (polling.status, polling.code) == (400, "websocket_only")
    stream = await doors.say("GET", "/api/v1/events", Origin=origin, Cookie=cookies)
    assert (stream.status, stream.code) == (403, "cross_origin")


async def test_s16_without_an_origin_only_a_token_counts(doors: Doors):
    """A cookie needs a page of ours; a program has a token."""
    cookies, student = await doors.cookies(), await doors.person()
    async with raw_socket(doors.url, Cookie=cookies) as socket:
        assert (await socket.connect(None))["code"] == "not_authenticated"
    assert (await doors.say("GET", "/api/v1/events", Cookie=cookies)).status == 403
    async with raw_socket(doors.url) as socket, feed(student, "/notifications") as reader:
        assert await socket.connect({"token": student.token}) is None
        await reader.event("sync.ok")


async def test_s16_our_own_page_needs_no_token(doors: Doors):
    """PUBLIC_URL is ours, whatever name the proxy passes on; a page of the list is not, and brings a token."""
    cookies = await doors.cookies()
    async with raw_socket(doors.url, Origin=OWN, Cookie=cookies) as socket:
        assert await socket.connect(None) is None
    async with raw_socket(doors.url, Origin=FRIEND, Cookie=cookies) as socket:
        assert (await socket.connect(None))["code"] == "not_authenticated"
    headers = {"Origin": OWN, "Cookie": cookies}
    async with doors.http.get(f"{doors.url}/api/v1/events", headers=headers) as reply:
        assert (reply.status, isinstance(reply, aiohttp.ClientResponse)) == (200, True)
