"""Importing another school's record: courses, people without password, and who was where.

The id of an imported thing is derived from what it is, so an import finds what an earlier one made. It only
adds: what is there stays as it is, also when people have changed it since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from beanie import PydanticObjectId

from models.accounts import User
from models.courses import Course
from models.enrollments import Enrollment
from schemas.events.courses import CourseImported
from schemas.types import CourseCategory, CourseStatus, DifficultyLevel, EnrollmentState, UserRole
from services.accounts.registration import NewPerson, account, add_account
from services.courses import search_text
from services.crypto import normalised_email
from services.enrollments import new_enrollment, sort_name
from services.scopes import Scope

OWNER_KEY: Final = "owner"


@dataclass(frozen=True, slots=True)
class Source:
    """The record that is imported; `domain` ends in a top level that never receives mail (RFC 2606)."""

    name: str
    title: str
    domain: str

    def id_of(self, *key: str | int) -> PydanticObjectId:
        """The same id for the same thing, in every run and in every school."""
        named = ":".join((self.name, *map(str, key)))
        return PydanticObjectId(hashlib.blake2b(named.encode(), digest_size=12).digest())

    def student(self, number: int) -> NewPerson:
        key = f"student-{number}"
        username, user_id = f"{self.name}-{number}", self.id_of("student", number)
        return NewPerson(f"{key}@{self.domain}", username, "Student", str(number), user_id=user_id)

    @property
    def owner(self) -> NewPerson:
        """Who stands for the source's own teachers, where nobody else is named."""
        username, user_id = f"{self.name}-{OWNER_KEY}", self.id_of(OWNER_KEY)
        return NewPerson(f"{OWNER_KEY}@{self.domain}", username, self.title, "", UserRole.INSTRUCTOR, user_id)


@dataclass(frozen=True, slots=True)
class ImportedCourse:
    """A course as the source describes it."""

    id: PydanticObjectId
    code: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Place:
    """A student of the source in one of its courses."""

    student: int
    state: EnrollmentState


async def add_people(scope: Scope, people: Sequence[NewPerson]) -> tuple[int, set[PydanticObjectId]]:
    """Make the accounts that are missing; yields how many, and those whose address or username others have."""
    index = {person.user_id: account(scope, person) for person in people}
    wanted = list(index.values())
    written = {one.user_id: scope.keys.email_index.all_of(normalised_email(one.email)) for one in people}
    taken = {
        "$or": [
            {"_id": {"$in": list(index)}},
            {"email_bidx": {"$in": [one for each in written.values() for one in each]}},
            {"username_folded": {"$in": [user.username_folded for user in wanted]}},
        ]
    }
    fields = {"email_bidx": 1, "username_folded": 1}
    rows = [row async for row in User.get_pymongo_collection().find(taken, fields)]
    present = {row["_id"] for row in rows}
    addresses, usernames = ({row[name] for row in rows} for name in fields)
    blocked = {
        user.id
        for user in wanted
        if user.id not in present and (addresses & set(written[user.id]) or user.username_folded in usernames)
    }
    missing = [user for user in wanted if user.id not in present and user.id not in blocked]
    for user in missing:
        add_account(scope, user)
    return len(missing), blocked


async def blocked_courses(courses: Iterable[ImportedCourse]) -> set[str]:
    """The codes under which nothing can be imported: another course has it, or ours was deleted since."""
    blocked = set()
    for course in courses:
        ours = await Course.get(course.id)
        other = await Course.find_one({"code": course.code, "deleted_at": None, "_id": {"$ne": course.id}})
        if (ours is None and other is not None) or (ours is not None and ours.deleted_at is not None):
            blocked.add(course.code)
    return blocked


async def missing_places(source: Source, course: ImportedCourse, places: Sequence[Place]) -> list[Place]:
    """Those of the places whose students have never been in the course."""
    ids = {source.id_of("student", place.student): place for place in places}
    where = {"course_id": course.id, "user_id": {"$in": list(ids)}}
    rows = Enrollment.get_pymongo_collection().find(where, {"user_id": 1})
    present = {row["user_id"] async for row in rows}
    return [place for user_id, place in ids.items() if user_id not in present]


async def add_places(
    scope: Scope, source: Source, course: ImportedCourse, owner: PydanticObjectId | None, places: Sequence[Place]
) -> int:
    """Enroll the students who are missing; yields how many. With an owner the course is made if it is not there."""
    missing = await missing_places(source, course, places)
    seats = sum(place.state.is_seated for place in missing)
    if owner is not None and await Course.get(course.id) is None:
        scope.unit.insert(_course(scope, course, owner, seats))
    elif seats:
        scope.unit.update(Course, {"_id": course.id, "deleted_at": None}, {"$inc": {"seats_taken": seats}})
    for place in missing:
        person = source.student(place.student)
        sorted_as = sort_name(person.first_name, person.last_name)
        enrollment = new_enrollment(scope, course.id, person.user_id, sorted_as)
        enrollment.state = place.state
        scope.unit.insert(enrollment)
    return len(missing)


async def tell_imported(scope: Scope, course: ImportedCourse, *, before: int, now: int) -> None:
    """Tell the course's staff once, in the unit that completes the course with the last `now` enrollments."""
    stored = await Enrollment.find({"course_id": course.id}).count()
    scope.unit.emit(
        CourseImported(course_id=str(course.id), code=course.code, title=course.title, enrollments=stored + now)
    )
    scope.unit.audit("course.imported", f"course:{course.id}", added=before + now)
    scope.unit.touch(f"course:{course.id}", "courses")


def _course(scope: Scope, course: ImportedCourse, owner: PydanticObjectId, seats: int) -> Course:
    return Course(
        id=course.id,
        created_at=scope.at,
        updated_at=scope.at,
        code=course.code,
        title=course.title,
        description=course.description,
        category=CourseCategory.OTHER,
        difficulty_level=DifficultyLevel.INTERMEDIATE,
        status=CourseStatus.PUBLISHED,
        instructor_id=owner,
        seats_taken=seats,
        search_text=search_text(course.code, course.title, course.description),
    )
