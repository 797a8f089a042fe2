"""Old snapshot plus events is the new snapshot, over the wire: through both instances, for every command there is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.harness.people import Live, Person
from tests.harness.reducer import applied, shown
from tests.harness.school import School, announce

WORDS = st.text("abc", min_size=1, max_size=3)
CHANGES = st.fixed_dictionaries(
    {}, optional={"title": WORDS, "description": WORDS, "maxStudents": st.integers(5, 9), "category": st.just("music")}
)
COMMANDS = st.lists(
    st.one_of(
        st.tuples(st.just("post"), WORDS),
        st.tuples(st.just("edit"), st.integers(0, 9), WORDS),
        st.tuples(st.just("withdraw"), st.integers(0, 9)),
        st.tuples(st.just("change"), CHANGES),
        st.tuples(st.just("join"), st.integers(0, 2)),
        st.tuples(st.just("leave"), st.integers(0, 2)),
    ),
    max_size=8,
)
FIELDS = ("title", "description", "category", "maxStudents", "status", "code", "thumbnailUrl", "difficultyLevel")


class Classroom:
    """Runs commands, each at the other instance than the one before, and shows three views of a course."""

    def __init__(self, school: School, instructor: Person, students: list[Person], course: str) -> None:
        self.school, self.instructor, self.students, self.course = school, instructor, students, course
        self.turn = 0

    def at_next(self, person: Person) -> Person:
        self.turn += 1
        return person.at((self.school.url, self.school.other_url)[self.turn % 2])

    async def run(self, name: str, *given_: Any) -> None:
        teacher, path = self.at_next(self.instructor), f"/api/v1/courses/{self.course}"
        if name == "post":
            await announce(teacher, self.course, given_[0])
        elif name == "change":
            assert (await teacher.put(path, given_[0])).status == 200
        elif name in {"join", "leave"}:
            await self.at_next(self.students[given_[0]]).call({"join": "POST"}.get(name, "DELETE"), f"{path}/enroll")
        elif posts := sorted((await self.views())[0]):
            one = f"/api/v1/announcements/{posts[given_[0] % len(posts)]}"
            await (teacher.put(one, {"title": given_[1]}) if name == "edit" else teacher.delete(one))

    async def views(self) -> tuple[dict, dict, set]:
        """The feed, the course and its members, as the instructor reads them."""
        teacher, path = self.at_next(self.instructor), f"/api/v1/courses/{self.course}"
        feed = (await teacher.get(f"/api/v1/announcements?courseId={self.course}&limit=100")).data
        course, roster = (await teacher.get(path)).data, (await teacher.get(f"{path}/roster?limit=100")).data
        members = {one["userId"] for one in roster if one["state"] == "active"}
        return {one["announcementId"]: shown(one) for one in feed}, {name: course[name] for name in FIELDS}, members

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[tuple[Live, Live]]:
        far = self.instructor.at(self.school.other_url)
        async with far.live() as told, far.live("progress") as staff:
            for live in (told, staff):
                await live.watch(self.course)
            yield told, staff


def replayed(views: tuple[dict, dict, set], told: Live, staff: Live) -> tuple[dict, dict, set]:
    """What a client shows after everything that it was told, twice over."""
    feed, course, members = views
    for one in told.told * 2:
        applied(feed, one.name, one.payload)
        if one.name == "course.updated":
            course |= one.payload["changes"]
    for one in staff.told:
        if one.name == "membership.changed":
            (members.add if one.payload["state"] == "active" else members.discard)(one.payload["userId"])
    return feed, course, members


@pytest.fixture(scope="module")
async def cast(school: School) -> list[Person]:
    """An instructor, three students who come and go, and one who joins at the end."""
    return [await school.person("instructor"), *[await school.person() for _ in range(4)]]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=COMMANDS, after=COMMANDS)
async def test_views_follow_from_events(school: School, cast: list[Person], before: list, after: list):
    """For generated commands before and after the snapshot."""
    instructor, *students, last = cast
    room = Classroom(school, instructor, students, await school.course(instructor))
    for command in before:
        await room.run(*command)
    async with room.followed() as (told, staff):
        held = await room.views()
        for command in [*after, ("post", "The end")]:
            await room.run(*command)
        assert (await last.post(f"/api/v1/courses/{room.course}/enroll")).status == 201
        await told.event("announcement.posted", title="The end")
        await staff.event("membership.changed", userId=last.id)
        assert replayed(held, told, staff) == await room.views()
