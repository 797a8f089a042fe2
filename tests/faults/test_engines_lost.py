"""Redis and MongoDB that go away and come back: latency, never loss."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from server.engines import Engines
from tests.harness.people import PASSWORD, Person, Reply, call, sign_in
from tests.harness.process import Place
from tests.harness.school import School, announce, open_school


@dataclass(slots=True)
class Fragile:
    """A school of two instances, and engines of its own that may be killed."""

    school: School
    engines: Engines

    def kill(self, name: str) -> None:
        """SIGKILL an engine, by the pid of the child that was started here."""
        keeper = psutil.Process(getattr(self.engines, name).pid)
        for child in keeper.children():
            child.kill()

    async def becomes(self, status: str) -> None:
        """Wait until /health says so."""
        async with asyncio.timeout(5):
            while (await call(self.school.http, "GET", f"{self.school.url}/health", None, {})).body["status"] != status:
                await asyncio.sleep(0.05)


@pytest.fixture
async def fragile(tmp_path: Path) -> AsyncIterator[Fragile]:
    engines = Engines(tmp_path / "engines")
    urls = await engines.start()
    place = Place(tmp_path / "school", urls.mongodb_url, urls.redis_url, "fragile")
    try:
        async with open_school(place, with_worker=False) as school:
            yield Fragile(school, engines)
    finally:
        await engines.stop()


async def room(school: School) -> tuple[Person, Person, str]:
    instructor, student = await school.person("instructor"), await school.person()
    return instructor, student, await school.course(instructor, student)


async def refreshed(person: Person, token: str) -> Reply:
    return await call(person.http, "POST", f"{person.url}/api/v1/auth/refresh", {"refreshToken": token}, {})


async def test_valkey_killed_and_restarted_loses_nothing(fragile: Fragile):
    """While it is away events arrive by the sweep; when it is back they arrive by hints again."""
    instructor, student, course = await room(fragile.school)
    async with student.at(fragile.school.other_url).live() as live:
        stream, (_, start_at) = next(iter((await live.watch(course)).items()))
        await announce(instructor, course, "Before")
        await live.event("announcement.posted", title="Before")
        fragile.kill("valkey")
        await fragile.engines.valkey.wait()
        await announce(instructor, course, "Meanwhile")
        await live.event("announcement.posted", within_s=5, title="Meanwhile")
        await fragile.becomes("DEGRADED")

        await fragile.engines.valkey.start()
        await fragile.becomes("OK")
        await announce(instructor, course, "After")
        await live.event("announcement.posted", within_s=3, title="After")
        assert live.numbers(stream) == [start_at + n for n in (1, 2, 3)]


@pytest.mark.parametrize(("redis", "within_s"), [("up", 1.0), ("down", 3.0)])
async def test_suspension_reaches_sockets_of_the_other_instance(fragile: Fragile, redis: str, within_s: float):
    """Within a second while Redis works, within three in any case; also when a replay is under way."""
    school = fragile.school
    student = await school.person()
    async with student.at(school.other_url).live() as live:
        await live.event("sync.ok")
        if redis == "down":
            fragile.kill("valkey")
            await fragile.engines.valkey.wait()
        await school.admin.post(f"/api/v1/users/{student.id}/suspend", {})
        async with asyncio.timeout(within_s):
            await live.ended.wait()
    assert (await student.at(school.other_url).get("/api/v1/users/me")).code == "account_suspended"


async def test_s12_reuse_closes_sockets_of_both_instances_without_redis(fragile: Fragile):
    """Within three seconds; the user's other device stays."""
    school = fragile.school
    student = await school.person()
    email = (await student.get("/api/v1/users/me")).data["email"]
    other = await sign_in(school.http, school.other_url, email, PASSWORD)
    async with student.live() as here, student.at(school.other_url).live() as away, other.live() as stays:
        await asyncio.gather(*(live.event("sync.ok") for live in (here, away, stays)))
        fragile.kill("valkey")
        await fragile.engines.valkey.wait()
        second = (await refreshed(student, student.refresh_token)).data["refreshToken"]
        await refreshed(student, second)
        assert (await refreshed(student, student.refresh_token)).code == "session_ended"
        told = await asyncio.gather(*(live.event("session.permissions", within_s=3.0) for live in (here, away)))
        assert told == [{"ended": "refresh_reused"}] * 2
        assert (await stays.say("course.unwatch", courseId="0" * 24))["ok"]


async def test_mongod_killed_under_load_keeps_every_acknowledged_write(fragile: Fragile):
    """What was answered 201 is there after the restart; what failed is 503 and may be repeated with its key."""
    instructor, student, course = await room(fragile.school)
    acknowledged: dict[str, str] = {}

    async def write(n: int) -> None:
        draft = {"courseId": course, "title": f"N{n}", "content": "Kept."}
        while True:
            reply = await instructor.post("/api/v1/announcements", draft, Idempotency_Key=f"write-{n}")
            if reply.status == 201:
                acknowledged[f"N{n}"] = reply.data["announcementId"]
                return
            assert reply.status == 503, reply.body
            await asyncio.sleep(0.1)

    writing = asyncio.gather(*(write(n) for n in range(60)))
    async with asyncio.timeout(10):
        while len(acknowledged) < 10:
            await asyncio.sleep(0.01)
    fragile.kill("mongod")
    await fragile.engines.mongod.wait()
    await fragile.engines.mongod.start()
    await asyncio.wait_for(writing, 60)
    feed = await student.get(f"/api/v1/announcements?courseId={course}&limit=100")
    assert sorted(one["announcementId"] for one in feed.data) == sorted(acknowledged.values())
    async with student.live(resume={f"announcements/course:{course}": [feed.body["asOf"].popitem()[1][0], 0]}) as live:
        await live.event("sync.ok", stream=f"announcements/course:{course}")
        assert live.numbers(f"announcements/course:{course}") == list(range(1, 61))
