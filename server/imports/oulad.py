"""Importing OULAD: courses, accounts and enrollments in chunks, and one event for each course that changed.

Of each course at least one missing place is kept back until the file ends, so that the unit that completes a
course also tells of it: an import that was killed is completed, and told, by the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from beanie import PydanticObjectId

from models.accounts import User
from models.courses import Course
from schemas.types import UserRole
from server.app import Core
from server.imports.committing import committed
from server.imports.lines import ImportRefusedError
from server.imports.oulad_files import OULAD, OuladFiles, Problem, StudentLine
from services.crypto import normalised_email
from services.imports import (
    ImportedCourse,
    Place,
    add_people,
    add_places,
    blocked_courses,
    missing_places,
    tell_imported,
)
from services.scopes import Scope

CHUNK: Final = 500
REQUEST_ID: Final = "import-oulad"


@dataclass(slots=True)
class Summary:
    """What a run did; `rows` counts the lines of students, and `unchanged` those that were there already."""

    courses: int = 0
    people: int = 0
    enrollments: int = 0
    rows: int = 0
    unchanged: int = 0


@dataclass(slots=True)
class _CourseWork:
    """What a run knows of one course: the places that are still to be written, and how many were."""

    course: ImportedCourse
    waiting: list[Place] = field(default_factory=list)
    added: int = 0


@dataclass(slots=True)
class OuladImport:
    """One run. `advance` hears of each chunk: the bytes and the rows that are done."""

    core: Core
    files: OuladFiles
    owner_email: str | None
    advance: Callable[[int, int], None]
    summary: Summary = field(default_factory=Summary)
    _work: dict[str, _CourseWork] = field(default_factory=dict)
    _owner_id: PydanticObjectId | None = None

    async def run(self) -> Summary:
        if self.owner_email is not None:
            self._owner_id = await self._named_owner(self.owner_email)
        courses = self.files.read_courses()
        blocked = await blocked_courses(courses.values())
        self._work = {code: _CourseWork(course) for code, course in courses.items() if code not in blocked}
        lines = self.files.read_students(courses, blocked)
        while chunk := list(islice(lines, CHUNK)):
            await self._take(chunk)
            self.summary.rows += len(chunk)
            self.advance(sum(line.size for line in chunk), len(chunk))
        for work in self._work.values():
            if work.waiting or await Course.get(work.course.id) is None:
                await self._write(work, work.waiting, completes=True)
        return self.summary

    async def _take(self, lines: Sequence[StudentLine]) -> None:
        """Make the accounts of a chunk, and put those of its places that are missing in line."""
        students = {line.told[1].student for line in lines if line.told}
        people = {student: OULAD.student(student) for student in students}
        made, blocked = await committed(self.core, REQUEST_ID, lambda scope: add_people(scope, list(people.values())))
        self.summary.people += made
        asked: dict[str, list[Place]] = {}
        for line in lines:
            if line.told is None:
                continue
            code, place = line.told
            if people[place.student].user_id in blocked:
                text = f"the address or the username of student {place.student} belongs to another account"
                self.files.skip(Problem(self.files.students.name, line.number, text))
            else:
                asked.setdefault(code, []).append(place)
        for code, places in asked.items():
            await self._line_up(self._work[code], places)

    async def _line_up(self, work: _CourseWork, places: Sequence[Place]) -> None:
        missing = await missing_places(OULAD, work.course, places)
        self.summary.unchanged += len(places) - len(missing)
        work.waiting += missing
        while len(work.waiting) > CHUNK:
            chunk, work.waiting = work.waiting[:CHUNK], work.waiting[CHUNK:]
            await self._write(work, chunk, completes=False)

    async def _write(self, work: _CourseWork, places: Sequence[Place], *, completes: bool) -> None:
        is_new = await Course.get(work.course.id) is None
        owner = await self._owner() if is_new else None

        async def fill(scope: Scope) -> int:
            added = await add_places(scope, OULAD, work.course, owner, places)
            if completes:
                await tell_imported(scope, work.course, before=work.added, now=added)
            return added

        added = await committed(self.core, REQUEST_ID, fill)
        work.added += added
        self.summary.courses += is_new
        self.summary.enrollments += added

    async def _owner(self) -> PydanticObjectId:
        """Who teaches new courses; the import's own account is made when the first is new."""
        if self._owner_id is None:
            self._owner_id = await self._own_owner()
        return self._owner_id

    async def _named_owner(self, email: str) -> PydanticObjectId:
        index = self.core.keys.ring.email_index
        user = await User.find_one({"email_bidx": index.any_of(normalised_email(email))})
        if user is None or not user.is_active or user.role not in {UserRole.INSTRUCTOR, UserRole.ADMIN}:
            message = f"{email} is not the address of an instructor here"
            raise ImportRefusedError(message)
        return user.id

    async def _own_owner(self) -> PydanticObjectId:
        owner = OULAD.owner
        _, blocked = await committed(self.core, REQUEST_ID, lambda scope: add_people(scope, [owner]))
        if blocked:
            message = f"another account is called {owner.username}; name an instructor with --owner"
            raise ImportRefusedError(message)
        return owner.user_id
