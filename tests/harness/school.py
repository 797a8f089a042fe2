"""A school as it really runs: instances on one database and one Redis, and people in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import aiohttp

from server.seed import ADMIN, DEMO_PASSWORD
from tests.harness.people import Person, sign_in, sign_up
from tests.harness.process import Place, Running, run, serve, work

PROVED_AGAIN_S = 240

NEW_COURSE = {
    "title": "A course",
    "description": "About something.",
    "category": "other",
    "difficultyLevel": "beginner",
}


@dataclass(slots=True)
class School:
    """`url` and `other_url` are two instances; whoever has the session of one may use the other."""

    place: Place
    instances: list[Running]
    http: aiohttp.ClientSession
    admin: Person

    @property
    def url(self) -> str:
        return self.instances[0].url

    @property
    def other_url(self) -> str:
        return self.instances[1].url

    async def person(self, role: str = "student", **fields: Any) -> Person:
        return await sign_up(self.http, self.url, role, **fields)

    async def course(self, instructor: Person, *students: Person, **fields: Any) -> str:
        """A new course of the instructor, with the students in it; returns its id."""
        course_id = (await instructor.post("/api/v1/courses", {**NEW_COURSE, **fields})).data["courseId"]
        for student in students:
            assert (await student.post(f"/api/v1/courses/{course_id}/enroll")).status == 201
        return course_id


async def announce(
    instructor: Person, course_id: str, title: str = "News", *, notify: bool = False, **headers: str
) -> Any:
    """Post to a course; nobody is notified unless a test is about that: thousands of posts would be as many jobs."""
    draft = {"courseId": course_id, "title": title, "content": "Something happened.", "notify": notify}
    reply = await instructor.post("/api/v1/announcements", draft, **headers)
    assert reply.status == 201, reply.body
    return reply.data


@asynccontextmanager
async def open_school(
    place: Place,
    *,
    instances: int = 2,
    with_worker: bool = True,
    each: Sequence[Mapping[str, str]] = (),
    **environment: str,
) -> AsyncIterator[School]:
    """Seed a school and open its doors; `environment` is for all instances, `each` for one after the other."""
    async with AsyncExitStack() as stack:
        await run(place, "seed")
        running = []
        for own in each or [{}] * instances:
            running.append(await serve(place, **environment, **own))
            stack.push_async_callback(running[-1].stop)
        if with_worker:
            worker = await work(place)
            stack.push_async_callback(worker.stop)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        admin = await sign_in(http, running[0].url, ADMIN.email, DEMO_PASSWORD)
        keeping = asyncio.create_task(_keep_proved(admin))
        stack.callback(keeping.cancel)
        yield School(place, running, http, admin)


async def _keep_proved(admin: Person) -> None:
    """Sign the administrator in anew now and then: a run may last longer than a proof of who one is."""
    while True:
        await asyncio.sleep(PROVED_AGAIN_S)
        with suppress(aiohttp.ClientError, AssertionError):
            fresh = await sign_in(admin.http, admin.url, ADMIN.email, DEMO_PASSWORD)
            admin.token, admin.refresh_token = fresh.token, fresh.refresh_token
