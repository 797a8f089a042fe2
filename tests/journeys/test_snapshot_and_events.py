"""The promise that makes live screens right: an old snapshot plus the events since is the new snapshot."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
from beanie import PydanticObjectId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.announcements import Announcement
from schemas.accounts import SignUpIn
from schemas.announcements import AnnouncementAudience, AnnouncementChangeIn, AnnouncementIn, AnnouncementsQuery
from schemas.courses import CourseIn
from schemas.jobs import AnnouncementArgs
from schemas.types import AnnouncementStatus, CourseCategory, DifficultyLevel, UserRole, now
from server.app import Core
from services import courses
from services.access import enter_announcement, enter_course, enter_school
from services.accounts.registration import create_user
from services.announcements import feed, posting
from services.errors import InvalidTransition
from services.scopes import Actor, CourseScope, SchoolScope, Scope
from services.unit import Author, Unit
from tests.harness.reducer import applied, shown
from workers import announcing
from workers.mail import StoringMailer
from workers.text_messages import StoringTexter
from workers.work import Tools, Work

WORDS = st.text("abc", min_size=1, max_size=3)
LATER, LATER_STILL = datetime(2030, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
WHEN = st.sampled_from(["draft", "scheduled", "posted"])
WHICH = st.integers(0, 9)
COMMANDS = st.lists(
    st.one_of(
        st.tuples(st.just("post"), WORDS, WHEN, st.sampled_from([None, LATER_STILL])),
        st.tuples(st.just("update"), WHICH, WORDS),
        st.tuples(st.just("become"), WHICH, WHEN),
        st.tuples(st.just("alarm"), WHICH),
        st.tuples(st.just("withdraw"), WHICH),
    ),
    max_size=12,
)


class Teacher:
    """Runs commands the way the endpoint does: a scope, a service, a commit."""

    def __init__(self, core: Core, actor: Actor, course_id: str | None) -> None:
        self.core, self.actor, self.course_id = core, actor, course_id
        self.stream = f"announcements/course:{course_id}" if course_id else "announcements/all"

    @classmethod
    async def hired(cls, core: Core) -> Teacher:
        scope = Scope(Actor(), Unit(now()), core.keys.ring)
        name = uuid4().hex[:20]
        draft = SignUpIn(
            email=f"{name}@school.example",
            password="a long password",
            first_name="T",
            last_name="T",
            username=name,
            role=UserRole.INSTRUCTOR,
        )
        user = await create_user(scope, core.desk, draft)
        await core.committer.commit(scope.unit)
        teacher = cls(core, Actor(str(user.id), UserRole.INSTRUCTOR), "")
        opening = teacher.scope()
        course = await courses.create_course(
            opening,
            CourseIn(
                title="C", description="C", category=CourseCategory.OTHER, difficulty_level=DifficultyLevel.BEGINNER
            ),
        )
        await core.committer.commit(opening.unit)
        return cls(core, teacher.actor, course.course_id)

    def scope(self) -> Scope:
        return Scope(self.actor, Unit(now(), Author(self.actor.user_id)), self.core.keys.ring)

    async def inside(self) -> CourseScope | SchoolScope:
        return await enter_course(self.scope(), self.course_id) if self.course_id else enter_school(self.scope())

    async def run(self, name: str, *arguments: Any) -> None:
        if name == "post":
            await self.post(*arguments)
            return
        where = {"course_id": PydanticObjectId(self.course_id) if self.course_id else None}
        made = await Announcement.find(where, Announcement.author_id == self.actor.object_id).sort("_id").to_list()
        if made:
            with suppress(InvalidTransition):
                await self.change(name, made[arguments[0] % len(made)], *arguments[1:])

    async def post(self, words: str, status: AnnouncementStatus, end: datetime | None) -> None:
        scope = await self.inside()
        place = {"course_id": self.course_id} if self.course_id else {"audience": AnnouncementAudience.SCHOOL}
        times = {"scheduled_at": LATER if status == "scheduled" else None, "expires_at": end}
        draft = AnnouncementIn(**place, title=words, content=words, status=AnnouncementStatus(status), **times)
        await posting.post_announcement(scope, draft)
        await self.core.committer.commit(scope.unit)

    async def change(self, name: str, made: Announcement, *arguments: Any) -> None:
        if name == "alarm":
            await self.alarm(made)
            return
        scope = await enter_announcement(self.scope(), str(made.id))
        if name == "update":
            await posting.update_announcement(scope, AnnouncementChangeIn(title=arguments[0]))
        elif name == "become":
            times = {"scheduled_at": LATER} if arguments[0] == "scheduled" else {}
            status = AnnouncementStatus(arguments[0])
            await posting.update_announcement(scope, AnnouncementChangeIn(status=status, **times))
        else:
            await posting.withdraw_announcement(scope)
        await self.core.committer.commit(scope.unit)

    async def alarm(self, made: Announcement) -> None:
        """What a worker does when the time has come."""
        work = Work(Unit(now()), Tools(self.core.keys.ring, StoringMailer(), StoringTexter()))
        args = AnnouncementArgs(announcement_id=str(made.id), version=made.version)
        for run in (announcing.post, announcing.expire):
            await run(args, work)
        await self.core.committer.commit(work.unit)

    async def snapshot(self) -> dict[str, dict[str, Any]]:
        place = {"course_id": self.course_id} if self.course_id else {"audience": AnnouncementAudience.SCHOOL}
        found = await feed.list_announcements(await self.inside(), AnnouncementsQuery(**place, limit=100))
        return {post.announcement_id: shown(orjson.loads(post.model_dump_json(by_alias=True))) for post in found.items}


@given(before=COMMANDS, after=COMMANDS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_old_snapshot_plus_events_is_the_new_snapshot(core: Core, before: list, after: list):
    """For any commands before and after the snapshot, and with every event applied twice."""
    await holds(core, await Teacher.hired(core), before, after)


@given(before=COMMANDS, after=COMMANDS)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_same_holds_for_the_whole_school(core: Core, before: list, after: list):
    """What the office tells everyone is a stream like any other."""
    office = Teacher(core, replace((await Teacher.hired(core)).actor, role=UserRole.MANAGER), None)
    await holds(core, office, before, after)


async def holds(core: Core, teacher: Teacher, before: list, after: list) -> None:
    for command in before:
        await teacher.run(*command)
    position = (await core.events.heads([teacher.stream]))[teacher.stream]
    held = await teacher.snapshot()
    for command in after:
        await teacher.run(*command)

    for event in await core.events.after(teacher.stream, position, 1000):
        for _ in range(2):
            applied(held, event.name, orjson.loads(event.payload))
    assert held == await teacher.snapshot()
