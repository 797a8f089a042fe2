"""The promise that makes live screens right: an old snapshot plus the events since is the new snapshot."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.accounts import SignUpIn
from schemas.announcements import AnnouncementChangeIn, AnnouncementIn, AnnouncementsQuery
from schemas.courses import CourseIn
from schemas.types import CourseCategory, DifficultyLevel, UserRole, now
from server.app import Core
from services import announcements, courses
from services.access import enter_announcement, enter_course
from services.accounts.registration import create_user
from services.scopes import Actor, CourseScope, Scope
from services.unit import Author, Unit
from tests.harness.reducer import applied, shown

WORDS = st.text("abc", min_size=1, max_size=3)
COMMANDS = st.lists(
    st.one_of(
        st.tuples(st.just("post"), WORDS),
        st.tuples(st.just("update"), st.integers(0, 9), WORDS),
        st.tuples(st.just("withdraw"), st.integers(0, 9)),
    ),
    max_size=12,
)


class Teacher:
    """Runs commands the way the endpoint does: a scope, a service, a commit."""

    def __init__(self, core: Core, actor: Actor, course_id: str) -> None:
        self.core, self.actor, self.course_id = core, actor, course_id
        self.stream = f"announcements/course:{course_id}"

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

    async def inside(self) -> CourseScope:
        return await enter_course(self.scope(), self.course_id)

    async def run(self, name: str, *arguments: Any) -> None:
        if name == "post":
            scope = await self.inside()
            draft = AnnouncementIn(course_id=self.course_id, title=arguments[0], content=arguments[0])
            await announcements.post_announcement(scope, draft)
        else:
            posted = sorted(await self.snapshot())
            if not posted:
                return
            scope = await enter_announcement(self.scope(), posted[arguments[0] % len(posted)])
            if name == "update":
                await announcements.update_announcement(scope, AnnouncementChangeIn(title=arguments[1]))
            else:
                await announcements.withdraw_announcement(scope)
        await self.core.committer.commit(scope.unit)

    async def snapshot(self) -> dict[str, dict[str, Any]]:
        query = AnnouncementsQuery(course_id=self.course_id, limit=100)
        feed = await announcements.list_announcements(await self.inside(), query)
        return {post.announcement_id: shown(orjson.loads(post.model_dump_json(by_alias=True))) for post in feed.items}


@given(before=COMMANDS, after=COMMANDS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_old_snapshot_plus_events_is_the_new_snapshot(core: Core, before: list, after: list):
    """For any commands before and after the snapshot, and with every event applied twice."""
    teacher = await Teacher.hired(core)
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
