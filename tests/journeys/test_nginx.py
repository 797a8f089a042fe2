"""Behind a real nginx with deploy/nginx.conf: what people do, and what the proxy adds and takes away."""

from __future__ import annotations

import asyncio
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from schemas.envelope import ErrorBody
from server.headers import SECURITY
from tests.harness.deploy import Proxy, open_proxy
from tests.harness.people import Person, Reply, call, feed
from tests.harness.process import Running
from tests.harness.school import School, announce, open_school

MIB = 1024 * 1024


@pytest.fixture(scope="module")
async def proxy(school: School, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Proxy]:
    async with open_proxy(tmp_path_factory.mktemp("nginx"), school.url, school.other_url) as proxy:
        yield proxy


@dataclass(slots=True)
class Behind:
    """What arrived behind the proxy: one head for each call."""

    url: str
    heads: list[str] = field(default_factory=list)


@asynccontextmanager
async def upstream(*, dies: bool = False) -> AsyncIterator[Behind]:
    """An instance that writes down what it is asked, and answers or closes without a word."""

    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        behind.heads.append((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
        if not dies:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    behind = Behind(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    async with server:
        yield behind


def refused_by_proxy(reply: Reply, status: int, code: str) -> ErrorBody:
    """The proxy's own refusals have the form of ours."""
    assert reply.status == status
    assert reply.headers["Server"] == "nginx"
    assert {name: reply.headers.getall(name) for name in SECURITY} == {name: [SECURITY[name]] for name in SECURITY}
    assert len(reply.headers.getall("X-Request-ID")) == 1
    body = (
        ErrorBody.model_validate_json(bytes(reply.body)) if isinstance(reply.body, bytes) else ErrorBody(**reply.body)
    )
    assert (body.status, body.code) == (status, code)
    return body


async def two_mib(http: aiohttp.ClientSession, url: str, language: str = "en") -> Reply:
    """POST a body of 2 MiB."""
    async with http.post(url, data=BytesIO(b"x" * 2 * MIB), headers={"Accept-Language": language}) as response:
        return Reply(response.status, await response.json(), response.headers)


async def status_of_announced(proxy: Proxy, path: str, length: int) -> int:
    """The answer to a body of that length, before any of it was sent."""
    reader, writer = await asyncio.open_connection(*proxy.url.removeprefix("http://").split(":"))
    head = f"POST {path} HTTP/1.1\r\nHost: school\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n"
    writer.write(head.encode())
    try:
        return int((await asyncio.wait_for(reader.readline(), 10)).split()[1])
    finally:
        writer.close()


async def room(school: School, proxy: Proxy) -> tuple[Person, Person, str]:
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor, student)
    return instructor.at(proxy.url), student.at(proxy.url), course


async def test_a_socket_goes_through(school: School, proxy: Proxy):
    """What is posted through the proxy arrives on a socket through the proxy, with its number."""
    instructor, student, course = await room(school, proxy)
    async with student.live() as live:
        (_, start_at) = (await live.watch(course))[f"announcements/course:{course}"]
        await announce(instructor, course, "Through")
        assert (await live.event("announcement.posted", title="Through"))["_seq"] == start_at + 1


async def test_server_sent_events_arrive_at_once(school: School, proxy: Proxy, record_property):
    """Nothing waits in a buffer: the event is there soon after the answer, while the stream stays open."""
    instructor, student, course = await room(school, proxy)
    async with feed(student, "?topics=notifications") as reader:
        await reader.event("sync.ok", stream=f"announcements/course:{course}")
        await announce(instructor, course, "At once")
        answered = time.perf_counter()
        await reader.event("announcement.posted", within_s=2, title="At once")
        record_property("ms_after_the_answer", round((time.perf_counter() - answered) * 1000))
        assert not reader.response.content.at_eof()


async def test_large_bodies_end_at_the_proxy(school: School, proxy: Proxy):
    """1 MiB for calls and 50 MiB for uploads, in the words of the application and the caller's language."""
    reply = await two_mib(school.http, f"{proxy.url}/api/v1/courses", "fr")
    assert refused_by_proxy(reply, 413, "body_too_large").error == "Le corps est trop grand."
    assert await status_of_announced(proxy, "/api/v1/courses", 2 * MIB) == 413
    assert await status_of_announced(proxy, "/api/v1/uploads", 51 * MIB) == 413
    passed = await two_mib(school.http, f"{proxy.url}/api/v1/uploads")
    assert passed.status != 413
    assert "Content-Security-Policy" in passed.headers


async def test_a_long_header_passes(school: School, proxy: Proxy):
    """30 KiB in one field reach the application; 40 KiB are too many."""
    url = f"{proxy.url}/api/v1/courses"
    assert (await call(school.http, "GET", url, None, {"X-Long": "x" * 30 * 1024})).status == 200
    refused_by_proxy(await call(school.http, "GET", url, None, {"X-Long": "x" * 40 * 1024}), 400, "bad_request")


async def test_s30_the_proxy_doubles_no_header(school: School, proxy: Proxy):
    """What an instance has set stands once, with its value, for pages, calls, and files."""
    for path in ("/app/", "/api/v1/courses", "/web/app/main.js", "/docs", "/api/v1/nothing"):
        through, direct = [await call(school.http, "GET", url + path, None, {}) for url in (proxy.url, school.url)]
        for name in (*SECURITY, "X-Request-ID"):
            assert len(through.headers.getall(name)) == 1, (path, name)
            assert name in {"Content-Security-Policy", "X-Request-ID"} or through.headers[name] == direct.headers[name]


async def test_figures_stay_inside(school: School, proxy: Proxy):
    """/metrics is not there from outside; health and the probes are."""
    for path in ("/metrics", "/metrics?x=1", "//metrics", "/a/../metrics", "/%6detrics"):
        async with school.http.get(aiohttp.client.URL(proxy.url + path, encoded=True)) as reply:
            assert reply.status == 404, path
    refused_by_proxy(await call(school.http, "GET", f"{proxy.url}/metrics", None, {}), 404, "not_found")
    for path in ("/health", "/livez", "/readyz"):
        assert (await call(school.http, "GET", proxy.url + path, None, {})).status == 200


async def test_what_a_caller_says_of_itself_counts_for_nothing(school: School, tmp_path):
    """Addresses are overwritten, not appended; ids of another form are replaced; frames are not compressed."""
    forged = {
        **dict.fromkeys(("X-Forwarded-For", "X-Real-IP", "Forwarded"), "203.0.113.9"),
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Request-ID": "a b",
        "Sec-WebSocket-Extensions": "permessage-deflate",
    }
    async with upstream() as behind, open_proxy(tmp_path, behind.url, behind.url) as proxy:
        await call(school.http, "GET", f"{proxy.url}/api/v1/courses", None, forged)
    head = behind.heads[0].lower()
    assert "x-forwarded-for: 127.0.0.1\r\n" in head
    assert "x-forwarded-proto: http\r\n" in head
    assert f"host: {proxy.url.removeprefix('http://')}\r\n" in head
    for gone in ("203.0.113.9", "evil.example", "a b", "permessage", "x-real-ip", "x-forwarded-host"):
        assert gone not in head


@pytest.mark.parametrize(("method", "times"), [("POST", 1), ("PATCH", 1), ("GET", 2)])
async def test_what_was_sent_is_not_sent_again(school: School, tmp_path, method: str, times: int):
    """A POST whose answer is lost reaches one instance once; a GET goes on to the other. Then 503, to be retried."""
    async with (
        upstream(dies=True) as one,
        upstream(dies=True) as other,
        open_proxy(tmp_path, one.url, other.url) as proxy,
    ):
        reply = await call(school.http, method, f"{proxy.url}/api/v1/courses", {} if method != "GET" else None, {})
        assert refused_by_proxy(reply, 503, "unavailable").retryable
        assert reply.headers["Retry-After"] == "1"
        assert [head.split()[0] for head in one.heads + other.heads] == [method] * times


async def test_what_was_not_sent_goes_to_the_other(school: School, tmp_path):
    """An instance that is not there costs nobody a call, writes included."""
    async with upstream() as there, open_proxy(tmp_path, "127.0.0.1:1", there.url) as proxy:
        replies = [await call(school.http, "POST", f"{proxy.url}/api/v1/courses", {}, {}) for _ in range(20)]
    assert {reply.status for reply in replies} == {200}
    assert len(there.heads) == 20


async def test_the_log_holds_no_query(school: School, tmp_path):
    """Method, path, status and id of each call; never what follows the question mark, not even when it failed."""
    async with upstream(dies=True) as behind, open_proxy(tmp_path, behind.url, behind.url) as proxy:
        url = f"{proxy.url}/api/v1/courses?search=canary"
        reply = await call(school.http, "GET", url, None, {"X-Request-ID": "my-id.1"})
        assert (await two_mib(school.http, url)).status == 413
    log = proxy.log.read_text(encoding="utf-8")
    assert reply.body["requestId"] == "my-id.1"
    assert '"request_id":"my-id.1"' in log
    assert '"path":"/api/v1/courses","status":"503"' in log
    assert "canary" not in log


async def test_guessing_is_slowed_and_a_class_is_not(school: School, tmp_path):
    """Sixty sign-ins at once from one address pass; of two hundred many are told to wait. Other calls are free."""
    async with upstream() as behind, open_proxy(tmp_path, behind.url, behind.url) as proxy:

        async def burst(path: str, calls: int) -> list[Reply]:
            return await asyncio.gather(
                *(call(school.http, "POST", proxy.url + path, {}, {}) for _ in range(calls)),
            )

        assert {reply.status for reply in await burst("/api/v1/auth/signin", 60)} == {200}
        slowed = [reply for reply in await burst("/api/auth/signin", 200) if reply.status != 200]
        assert {reply.status for reply in await burst("/api/v1/courses", 200)} == {200}
    assert len(slowed) > 50
    for reply in slowed:
        assert refused_by_proxy(reply, 429, "rate_limited").retryable


async def holder(school: School) -> Running:
    """The instance that has the one socket."""
    for instance in school.instances:
        figures = (await call(school.http, "GET", f"{instance.url}/metrics", None, {})).body.decode()
        if "\nws_connections 1.0\n" in figures:
            return instance
    raise AssertionError


@pytest.fixture
async def fragile(new_place, tmp_path) -> AsyncIterator[tuple[School, Proxy]]:
    """A school of its own, to be broken."""
    async with (
        open_school(new_place(), with_worker=False) as school,
        open_proxy(tmp_path, school.url, school.other_url) as proxy,
    ):
        yield school, proxy


async def test_one_instance_is_killed_and_everybody_goes_on(fragile: tuple[School, Proxy]):
    """Calls are answered all the while; the socket and the event stream come back with nothing missing."""
    school, proxy = fragile
    instructor, student, course = await room(school, proxy)
    stream = f"announcements/course:{course}"
    async with student.live() as live, feed(student, "/notifications") as reader:
        position = (await live.watch(course))[stream]
        await reader.event("sync.ok", stream=stream)
        await announce(instructor, course, "Before")
        await live.event("announcement.posted", title="Before")
        await reader.event("announcement.posted", title="Before")
        await (await holder(school)).kill()
        posted = [(await announce(instructor, course, f"After {n}"))["announcementId"] for n in range(5)]
        assert {(await student.get("/api/v1/courses")).status for _ in range(20)} == {200}
        await asyncio.wait_for(live.ended.wait(), 5)
    await assert_nothing_is_missing(student, stream, position, reader.last_id, posted)


async def assert_nothing_is_missing(
    student: Person, stream: str, position: list[Any], last_id: str | None, posted: list[str]
) -> None:
    async with (
        student.live(resume={stream: position}) as live,
        feed(student, "/notifications", Last_Event_ID=last_id) as r,
    ):
        await live.event("sync.ok", stream=stream)
        await r.event("sync.ok", stream=stream)
        assert live.numbers(stream) == [position[1] + n for n in range(1, 7)]
        assert [one["announcementId"] for one in live.named("announcement.posted")][1:] == posted
        assert [one["announcementId"] for one in r.named("announcement.posted")] == posted
