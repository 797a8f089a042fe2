"""Who may open a socket at all, and in whose name."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from tests.harness.people import PASSWORD, call, feed
from tests.harness.raw_socket import raw_socket

POLLING = "/socket.io/?EIO=4&transport=polling"
OLD = "/socket.io/?EIO=3&transport=websocket"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1", ""])
async def test_foreign_pages(strict_school, origin):
    """A page of another origin is refused before the upgrade, with the reason."""
    async with raw_socket(strict_school.url, Origin=origin) as socket:
        assert (socket.status, socket.refusal["code"]) == (403, "origin_not_allowed")


async def test_own_pages(strict_school):
    """Our own page is let in, also where a proxy has ended TLS and passes the name that the browser knows."""
    for origin, host in ((strict_school.url, None), ("https://school.example", "school.example")):
        async with raw_socket(strict_school.url, Origin=origin, **({"Host": host} if host else {})) as socket:
            assert socket.status == 101


@pytest.mark.parametrize("path", [POLLING, OLD, "/socket.io/", "/socket.io/?EIO=4", "/socket.io/?transport=websocket"])
async def test_other_transports(strict_school, path):
    """Whoever asks for what is not served reads how to ask."""
    async with raw_socket(strict_school.url, path=path) as socket:
        assert (socket.status, socket.refusal["code"]) == (400, "websocket_only")
        assert 'transports: ["websocket"]' in socket.refusal["message"]


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_no_upgrade(strict_school, method):
    """The same without an upgrade, and with every method."""
    for path in (POLLING, "/socket.io/?EIO=4&transport=websocket"):
        reply = await call(strict_school.http, method, strict_school.url + path, None, {})
        assert (reply.status, reply.code) == (400, "websocket_only")


@pytest.mark.parametrize(
    "offered", ["permessage-deflate", "permessage-deflate; client_max_window_bits", "permessage-bzip2, x"]
)
async def test_no_compression(strict_school, offered):
    """Compression is not taken up: it costs more memory than a whole connection."""
    async with raw_socket(strict_school.url, Sec_WebSocket_Extensions=offered) as socket:
        assert socket.status == 101
        assert "sec-websocket-extensions" not in socket.headers


@pytest.fixture(scope="module")
async def cookies(strict_school):
    """Those of a browser that has signed in: the access cookie, and the refresh cookie."""
    draft = {"email": "cookie@school.example", "password": PASSWORD, "firstName": "C", "lastName": "K"}
    url = f"{strict_school.url}/api/v1/auth/signup"
    async with strict_school.http.post(url, json=draft, headers={"Sec-Fetch-Site": "same-origin"}) as reply:
        assert reply.status == 201
        return [f"{key}={one.value}" for key, one in reply.cookies.items() if not key.startswith("device")]


async def test_cookies_of_our_page(strict_school, cookies):
    """Our own page needs no token: either cookie of the session will do, also for the next namespace."""
    assert len(cookies) == 2
    for cookie in cookies:
        async with raw_socket(strict_school.url, Origin=strict_school.url, Cookie=cookie) as socket:
            assert await socket.connect(None) is None
            assert await socket.connect({}, "grading") is None
            assert (await socket.ask("nonsense"))["error"]["code"] == "unknown_command"


async def test_a_cookie_alone_is_no_proof(strict_school, cookies):
    """Without an Origin nobody knows whose page asks: the cookie does not count, and a token would."""
    for headers in ({}, {"Origin": strict_school.url, "Sec_Fetch_Site": "same-site"}):
        async with raw_socket(strict_school.url, Cookie="; ".join(cookies), **headers) as socket:
            assert (await socket.connect(None))["code"] == "not_authenticated"


async def test_cookies_that_are_no_good(strict_school):
    """What is in the cookies must be ours."""
    port = strict_school.url.rpartition(":")[2]
    for cookie in ("", "at-0=x; rt-0=y", f"at-{port}=x; rt-{port}=rt_0.y", "__Host-at=x"):
        async with raw_socket(strict_school.url, Origin=strict_school.url, Cookie=cookie) as socket:
            assert (await socket.connect(None))["code"] == "not_authenticated"


async def test_connections_of_a_user(strict_school):
    """Ten over both instances, sockets and readers together; the new one is refused, and fits when one has gone."""
    person = await strict_school.person()
    other = person.at(strict_school.other_url)
    async with AsyncExitStack() as stack:
        for url in (person.url, other.url):
            for _ in range(4):
                await stack.enter_async_context(raw_socket(url, person.token))
        reader = await stack.enter_async_context(feed(other, ""))
        await reader.event("sync.ok")
        last = await stack.enter_async_context(raw_socket(person.url, person.token))
        await refused_everywhere(person, other)
        last.writer.close()
        async with asyncio.timeout(15):
            while await refusal(person):
                await asyncio.sleep(0.1)


async def refusal(person):
    async with raw_socket(person.url) as socket:
        return await socket.connect({"token": person.token})


async def refused_everywhere(*persons):
    for person in persons:
        async with asyncio.timeout(15):
            while (refused := await refusal(person)) is None:
                await asyncio.sleep(0.1)
        assert (refused["code"], refused["retryAfter"], refused["retryable"]) == ("too_many_connections", 10, True)
        async with feed(person, "") as reader:
            assert (await reader.event("sys.error"))["code"] == "too_many_connections"


async def test_connections_of_an_address(strict_school):
    """Two hundred from one address, signed in or not; the next is refused before the upgrade, and others are not."""
    async with AsyncExitStack() as stack:
        for _ in range(100):
            for url in (strict_school.url, strict_school.other_url):
                socket = await stack.enter_async_context(raw_socket(url, X_Forwarded_For="2001:db8::1"))
                assert socket.status == 101
        for url in (strict_school.url, strict_school.other_url):
            refused = await until_refused(url, X_Forwarded_For="2001:db8::2")
            assert (refused.status, refused.headers["retry-after"]) == (429, "10")
            assert refused.refusal["code"] == "too_many_connections"
            async with raw_socket(url, X_Forwarded_For="2001:db8:0:1::1") as free:
                assert free.status == 101


async def until_refused(url, **headers):
    """Try again while the instances have not told each other yet."""
    async with asyncio.timeout(15):
        while True:
            async with raw_socket(url, **headers) as socket:
                if socket.status != 101:
                    return socket
            await asyncio.sleep(0.1)
