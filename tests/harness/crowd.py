"""A course full of people, and news for them, on a database in this process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from beanie import PydanticObjectId

from models.accounts import User
from models.announcements import Announcement
from models.courses import Course
from models.enrollments import Enrollment
from models.notifications import Notification
from schemas.jobs import NotifyArgs
from schemas.notifications import Crowd, NotificationKind
from schemas.types import CourseCategory, DifficultyLevel, UserRole, now
from server.app import Core
from server.working import tools_of
from services.accounts.registration import NewPerson, account
from services.committer import Committer
from services.scopes import Actor, Scope
from services.unit import Author, Unit
from workers.notifying import tell
from workers.work import Work


@dataclass(frozen=True, slots=True)
class Class:
    """A course, who teaches it, and who is in it, in the order of their ids."""

    core: Core
    course: Course
    teacher: User
    students: Sequence[User]

    @property
    def everybody(self) -> set[PydanticObjectId]:
        return {self.teacher.id, *(student.id for student in self.students)}


async def open_class(core: Core, size: int) -> Class:
    """Written directly: hundreds of people cost nothing."""
    teacher, *students = [
        _user(core, UserRole.STUDENT if number else UserRole.INSTRUCTOR) for number in range(size + 1)
    ]
    at = teacher.created_at
    course = Course(
        created_at=at,
        updated_at=at,
        title="C",
        description="C",
        category=CourseCategory.OTHER,
        difficulty_level=DifficultyLevel.BEGINNER,
        instructor_id=teacher.id,
        search_text="c",
    )
    await User.insert_many([teacher, *students])
    await course.insert()
    if students:
        await Enrollment.insert_many([_seat(course, student) for student in students])
    return Class(core, course, teacher, sorted(students, key=lambda student: student.id))


def _user(core: Core, role: UserRole) -> User:
    user_id = PydanticObjectId()
    scope = Scope(Actor(), Unit(now()), core.keys.ring)
    return account(scope, NewPerson(f"{user_id}@school.example", f"u{user_id}", "Pat", "Crowd", role, user_id))


def _seat(course: Course, student: User) -> Enrollment:
    at = student.created_at
    return Enrollment(
        created_at=at, updated_at=at, enrolled_at=at, course_id=course.id, user_id=student.id, sort_name="crowd pat"
    )


async def posted(room: Class) -> Announcement:
    """An announcement that is there and was told to nobody yet."""
    at = now()
    post = Announcement(
        created_at=at,
        updated_at=at,
        posted_at=at,
        course_id=room.course.id,
        author_id=room.teacher.id,
        title="T",
        content="C",
    )
    await post.insert()
    return post


async def news_of(room: Class, **changes: Any) -> NotifyArgs:
    """An announcement to everyone in the course, by nobody in it."""
    post = await posted(room)
    facts = {"course": room.course.title, "title": post.title}
    plain = {
        "kind": NotificationKind.ANNOUNCEMENT_POSTED,
        "subject": f"announcement:{post.id}",
        "once": str(post.id),
        "to": Crowd.COURSE,
        "course_id": str(room.course.id),
        "facts": facts,
        "link": "#/courses",
        "at": now(),
    }
    return NotifyArgs(**plain | changes)


async def told(core: Core, news: NotifyArgs, committer: Committer | None = None) -> int:
    """Run the job and those that it leads to, to the end; how many there were."""
    tools, following, units = tools_of(core), [news], 0
    while following:
        unit = Unit(now(), Author(request_id="crowd"))
        await tell(following.pop(), Work(unit, tools))
        following += [NotifyArgs.model_validate(job.args) for job in unit.jobs]
        unit.jobs.clear()
        await (committer or core.committer).commit(unit)
        units += 1
    return units


async def who_was_told(news: NotifyArgs) -> list[PydanticObjectId]:
    """One entry for each notification of it."""
    return sorted([row.user_id for row in await Notification.find({"kind": news.kind, "once": news.once}).to_list()])


async def heard(core: Core, user: User) -> list[tuple[str, dict[str, Any]]]:
    """All that stands in the user's own stream."""
    events = await core.events.after(f"notifications/user:{user.id}", 0, 1000)
    return [(event.name, orjson.loads(event.payload)) for event in events]


def scope_of(core: Core, user: User) -> Scope:
    return Scope(Actor(str(user.id), user.role), Unit(now(), Author(str(user.id))), core.keys.ring)
