"""Demo data: a small school in which everything can be tried. Repeatable; never in production."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from models.accounts import User
from models.announcements import Announcement
from models.courses import Course
from models.enrollments import Enrollment
from schemas.accounts import SignUpIn
from schemas.announcements import AnnouncementIn
from schemas.courses import CourseIn
from schemas.types import CourseCategory, CourseStatus, DifficultyLevel, UserRole, now
from server.app import Core
from services import courses, enrollments
from services.access import enter_course
from services.accounts.registration import create_user
from services.announcements.posting import post_announcement
from services.crypto import normalised_email
from services.scopes import Actor, Scope
from services.unit import Author, Unit

DEMO_PASSWORD: Final = "password123"  # noqa: S105 - printed by `make run`, refused in production


@dataclass(frozen=True, slots=True)
class Person:
    email: str
    first_name: str
    last_name: str
    role: UserRole
    student_no: str | None = None


INSTRUCTOR: Final = Person("instructor@school.example", "Ines", "Mercier", UserRole.INSTRUCTOR)
STUDENT: Final = Person("student@school.example", "Samuel", "Okafor", UserRole.STUDENT, "S-1001")
ADMIN: Final = Person("admin@school.example", "Alix", "Novak", UserRole.ADMIN)
CLASSMATES: Final = tuple(
    Person(f"{first}.{last}@school.example".lower(), first, last, UserRole.STUDENT, f"S-{number}")
    for number, (first, last) in enumerate(
        (("Chloe", "Durand"), ("Kofi", "Mensah"), ("Lena", "Vogel"), ("Mateo", "Silva")), 1002
    )
)
PEOPLE: Final = (INSTRUCTOR, STUDENT, ADMIN, *CLASSMATES)

COURSES: Final = (
    CourseIn(
        title="Introduction to Python",
        description="From the first line to a program that others can read.",
        category=CourseCategory.PROGRAMMING,
        difficulty_level=DifficultyLevel.BEGINNER,
    ),
    CourseIn(
        title="Écrire pour être lu",
        description="Un atelier d’écriture : phrases courtes, idées claires.",
        category=CourseCategory.LANGUAGE,
        difficulty_level=DifficultyLevel.INTERMEDIATE,
    ),
    CourseIn(
        title="Distributed systems",
        description="Clocks, logs and what happens when the network lies.",
        category=CourseCategory.PROGRAMMING,
        difficulty_level=DifficultyLevel.ADVANCED,
        status=CourseStatus.DRAFT,
    ),
)

GREETINGS: Final[Mapping[str, AnnouncementIn]] = {
    "Introduction to Python": AnnouncementIn(
        course_id="0" * 24,
        title="Welcome",
        content="The first exercise opens on Monday. Bring a question.",
    ),
    "Écrire pour être lu": AnnouncementIn(
        course_id="0" * 24, title="Bienvenue", content="Apportez un texte que vous aimez."
    ),
}


class DemoRefusedError(Exception):
    """Demo accounts have a known password, so production does not get them."""


async def seed(core: Core) -> None:
    """Add what is missing of the demo school, through the same services that serve requests."""
    if core.settings.is_production:
        message = "production refuses demo data"
        raise DemoRefusedError(message)
    for person in PEOPLE:
        await _person(core, person)
    instructor = await _actor(core, INSTRUCTOR)
    for draft in COURSES:
        course = await _course(core, instructor, draft)
        if course.status is CourseStatus.PUBLISHED:
            for person in (STUDENT, *CLASSMATES):
                await _enroll(core, await _actor(core, person), course)
            await _greet(core, instructor, course)


def _scope(core: Core, actor: Actor) -> Scope:
    return Scope(actor, Unit(at=now(), author=Author(user_id=actor.user_id, request_id="seed")), core.keys.ring)


async def _find(core: Core, person: Person) -> User | None:
    return await User.find_one({"email_bidx": core.keys.ring.email_index.any_of(normalised_email(person.email))})


async def _person(core: Core, person: Person) -> None:
    if await _find(core, person):
        return
    scope = _scope(core, Actor())
    draft = SignUpIn(
        email=person.email,
        password=DEMO_PASSWORD,
        first_name=person.first_name,
        last_name=person.last_name,
        username=f"{person.first_name}.{person.last_name}".lower(),
        role=person.role,
        student_no=person.student_no,
    )
    user = await create_user(scope, core.desk, draft)
    user.email_verified_at = scope.at
    await core.committer.commit(scope.unit)


async def _actor(core: Core, person: Person) -> Actor:
    user = await _find(core, person)
    return Actor(str(user.id), user.role, None, user.permission_version) if user else Actor()


async def _course(core: Core, instructor: Actor, draft: CourseIn) -> Course:
    existing = await Course.find_one({"title": draft.title, "instructor_id": instructor.object_id})
    if existing is not None:
        return existing
    scope = _scope(core, instructor)
    created = await courses.create_course(scope, draft)
    await core.committer.commit(scope.unit)
    return (await enter_course(_scope(core, instructor), created.course_id)).course


async def _enroll(core: Core, student: Actor, course: Course) -> None:
    if await Enrollment.find_one({"course_id": course.id, "user_id": student.object_id}):
        return
    scope = await enter_course(_scope(core, student), str(course.id))
    await enrollments.enroll(scope)
    await core.committer.commit(scope.unit)


async def _greet(core: Core, instructor: Actor, course: Course) -> None:
    greeting = GREETINGS.get(course.title)
    if greeting is None or await Announcement.find_one({"course_id": course.id}):
        return
    scope = await enter_course(_scope(core, instructor), str(course.id))
    await post_announcement(scope, greeting)
    await core.committer.commit(scope.unit)
