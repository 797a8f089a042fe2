"""Importing OULAD: complete, repeatable, and unmoved by bad lines."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from beanie import init_beanie
from pydantic import SecretStr

from models import DOCUMENTS
from models.accounts import User
from models.courses import Course
from models.delivery import StoredEvent
from models.enrollments import Enrollment
from models.unit import AuditRecord
from schemas.types import UserRole, now
from server.app import Core, open_core
from server.engines import EngineUrls
from server.imports import oulad
from server.imports.committing import committed
from server.imports.lines import ImportRefusedError
from server.imports.oulad import OuladImport, Summary
from server.imports.oulad_files import OULAD, OuladFiles, Problem
from server.settings import Settings
from services.access import enter_course
from services.enrollments import enroll, unenroll
from services.errors import CourseCompleted
from services.imports import add_people
from services.permissions import Permission
from services.scopes import Actor, Scope
from services.unit import Unit
from tests.fixtures.oulad import BAD_LINES, LARGE, LAST, SAMPLE, SMALL, write_sample
from tests.harness.process import Place, run
from tests.harness.school import School

ROWS = sum(one.students for one in SAMPLE)
PEOPLE = ROWS - 4  # four of the small course are in the large one, too
REAL = Path(os.environ.get("COURSEWIRE_OULAD") or Path(__file__).parents[2] / "../shared/data/oulad")


@pytest.fixture
async def house(core: Core, new_place, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Core]:
    """An empty school of its own, which reads a hundred lines at a time, so that the sample takes three times.

    Documents are bound to one database at a time: `core` gets them back at the end.
    """
    place: Place = new_place()
    monkeypatch.setattr(oulad, "CHUNK", 100)
    settings = Settings(_env_file=None, data_dir=place.data_dir, mongodb_database=place.database)
    secrets = {name: SecretStr(getattr(place, name)) for name in ("mongodb_url", "redis_url")}
    named = settings.model_copy(update={**secrets, "redis_prefix": f"{place.database}:"})
    async with open_core(named, EngineUrls(place.mongodb_url, place.redis_url)) as own:
        yield own
        await init_beanie(database=core.database.database, document_models=DOCUMENTS, skip_indexes=True)


async def imported(
    core: Core,
    folder: Path,
    owner: str | None = None,
    advance: Callable[[int, int], None] = lambda _size, _rows: None,
) -> tuple[Summary, list[Problem]]:
    problems: list[Problem] = []
    return await OuladImport(core, OuladFiles(folder, problems.append), owner, advance).run(), problems


async def everything(core: Core) -> dict[str, list[object]]:
    """Every stored document, by collection."""
    names = [document.get_collection_name() for document in DOCUMENTS]
    return {name: [row async for row in core.database.database[name].find().sort("_id")] for name in names}


async def told() -> dict[str, int]:
    """What `course.imported` said, by code; an event that came twice fails here."""
    events = await StoredEvent.find({"name": "course.imported"}).to_list()
    counts = {event.payload["code"]: event.payload["enrollments"] for event in events}
    assert len(counts) == len(events)
    return counts


async def test_everyone_arrives_where_they_were(house: Core, tmp_path: Path):
    """Courses with code, title and owner; accounts without password; states from results; seats that add up."""
    summary, problems = await imported(house, write_sample(tmp_path))
    assert (summary, problems) == (Summary(courses=3, people=PEOPLE, enrollments=ROWS, rows=ROWS), [])
    course = await Course.find_one({"code": LARGE.code})
    assert (course.title, course.status, course.seats_taken) == ("AAA 2014J", "published", 180)
    states = Counter([one.state.value async for one in Enrollment.find({"course_id": course.id})])
    assert states == {"completed": 120, "active": 60, "dropped": 60}
    student, owner = await User.find_one({"username": "oulad-1004"}), await User.get(course.instructor_id)
    assert (student.password_hash, owner.password_hash, owner.role) == (None, None, "instructor")
    assert "1004" not in student.email_ct


async def test_each_course_is_told_once(house: Core, tmp_path: Path):
    """One `course.imported` and one audit row a course, on the stream of its staff; nothing for each student."""
    await imported(house, write_sample(tmp_path))
    assert await told() == {one.code: one.students for one in SAMPLE}
    assert await AuditRecord.find({"action": "course.imported"}).count() == len(SAMPLE)
    names = [event.name async for event in StoredEvent.find({})]
    assert names == ["course.imported"] * len(SAMPLE)
    assert await StoredEvent.find({"_id.stream": {"$not": {"$regex": "^grading/course:.*:staff$"}}}).count() == 0


async def test_whoever_completed_stays_a_member(house: Core, tmp_path: Path):
    """They read what members read, and cannot leave; whoever withdrew is outside."""
    await imported(house, write_sample(tmp_path))
    course = await Course.find_one({"code": LAST.code})
    inside = {}
    for number, result in ((LAST.first, "Pass"), (LAST.first + 3, "Withdrawn")):
        user = await User.find_one({"username": f"oulad-{number}"})
        scope = Scope(Actor(str(user.id), user.role), Unit(at=now()), house.keys.ring)
        inside[result] = await enter_course(scope, str(course.id))
    assert inside["Pass"].allows(Permission.ANNOUNCEMENT_READ)
    assert not inside["Withdrawn"].allows(Permission.ANNOUNCEMENT_READ)
    with pytest.raises(CourseCompleted):
        await unenroll(inside["Pass"])
    assert (await enroll(inside["Pass"]))[1] is False
    assert inside["Pass"].unit.is_empty


async def test_a_second_run_changes_nothing(house: Core, tmp_path: Path):
    """Not one document of any collection, also where people have changed things since."""
    folder = write_sample(tmp_path)
    await imported(house, folder)
    await Enrollment.find({"state": "active"}).update({"$set": {"state": "dropped"}})
    before = await everything(house)
    summary, _ = await imported(house, folder)

    assert summary == Summary(rows=ROWS, unchanged=ROWS)
    assert await everything(house) == before


async def test_an_import_that_dies_is_completed_by_the_next(house: Core, tmp_path: Path):
    """What was written is found again, what was not is added, and every course is told in the end."""
    folder = write_sample(tmp_path)

    def die(_size: int, _rows: int) -> None:
        if next(chunks) == 2:
            raise KeyboardInterrupt

    chunks = iter(range(10))
    with pytest.raises(KeyboardInterrupt):
        await imported(house, folder, advance=die)
    begun = await Enrollment.find({}).count()
    assert (begun > 0, await told()) == (True, {})

    summary, _ = await imported(house, folder)
    assert (summary.enrollments, summary.unchanged) == (ROWS - begun, begun)
    assert await told() == {one.code: one.students for one in SAMPLE}
    assert (await Course.find_one({"code": LARGE.code})).seats_taken == 180


async def test_bad_lines_are_named_and_skipped(house: Core, tmp_path: Path):
    """Each by its number in the file and with what is wrong; the lines around it count."""
    good = LAST.line(7999, "Pass").encode()
    summary, problems = await imported(house, write_sample(tmp_path, [*(line for line, _ in BAD_LINES), good]))

    assert [problem.line for problem in problems] == [ROWS + 2 + n for n in range(len(BAD_LINES))]
    for problem, (_, text) in zip(problems, BAD_LINES, strict=True):
        assert text in problem.text
    assert (summary.rows, summary.enrollments) == (ROWS + len(BAD_LINES) + 1, ROWS + 1)


async def test_what_is_in_the_way_is_left_alone(house: Core, tmp_path: Path):
    """A course that was deleted here stays deleted, and an account that is called the same stays its owner's."""
    folder = write_sample(tmp_path)
    await imported(house, folder)
    await Course.find({"code": SMALL.code}).update({"$set": {"deleted_at": (await Course.find_one()).created_at}})
    taken = await User.find_one({"username": "oulad-1200"})
    await taken.delete()
    await taken.model_copy(update={"id": (await Course.find_one()).id}).insert()
    summary, problems = await imported(house, folder)

    assert Counter("deleted here" in problem.text for problem in problems) == {True: SMALL.students, False: 1}
    assert (summary.enrollments, summary.people, len(await told())) == (0, 0, 3)


async def test_an_instructor_may_own_the_courses(house: Core, tmp_path: Path):
    """Named by address, whatever its case; with anyone else nothing is begun."""
    roles = (UserRole.INSTRUCTOR, UserRole.STUDENT)
    people = [replace(OULAD.student(number), role=role) for number, role in enumerate(roles, 1)]
    await committed(house, "test", lambda scope: add_people(scope, people))
    for email in (people[1].email, "nobody@oulad.invalid"):
        with pytest.raises(ImportRefusedError, match="not the address of an instructor"):
            await imported(house, write_sample(tmp_path), email)
    assert await User.find({}).count() == len(people)

    await imported(house, tmp_path, people[0].email.upper())
    assert {course.instructor_id async for course in Course.find({})} == {people[0].user_id}


async def test_imported_courses_are_found_and_paged(school: School, tmp_path: Path):
    """By a part of the code, whatever its case; the command says what it did, and which lines it skipped."""
    said = await run(school.place, "import", "oulad", str(write_sample(tmp_path, [b"BBB"])))
    assert f"skipped studentInfo.csv line {ROWS + 2}: 1 cells instead of 12" in said
    assert re.search(r"rows per second\W+[\d,]+", said)
    for search, codes in (("2014", ["BBB-2014B", "AAA-2014J"]), ("aaa-", ["AAA-2014J", "AAA-2013J"])):
        found = (await school.admin.get(f"/api/v1/courses?search={search}")).data
        assert sorted(course["code"] for course in found) == sorted(codes)
    course = found[0]["courseId"]
    roster = await school.admin.get(f"/api/v1/courses/{course}/roster?limit=3")
    assert len(roster.data) == 3
    assert roster.body["pagination"]["totalCount"] == found[0]["totalEnrollments"]


@pytest.mark.skipif(not (REAL / "studentInfo.csv").is_file(), reason="no OULAD here; COURSEWIRE_OULAD names a folder")
async def test_the_real_dataset(new_place):
    """22 presentations, 28,785 students, 32,593 rows, below 300 MiB; a second run adds nothing."""
    place: Place = new_place()
    first, second = [await run(place, "import", "oulad", str(REAL)) for _ in range(2)]
    for counted, (before, after) in {
        "courses added": (22, 0),
        "accounts added": (28_785, 0),
        "enrollments added": (32_593, 0),
        "enrollments that were there": (0, 32_593),
        "lines skipped": (0, 0),
    }.items():
        assert re.search(rf"{counted}\W+{before:,} ", first)
        assert re.search(rf"{counted}\W+{after:,} ", second)
    assert int(re.search(r"peak memory\W+(\d+) MiB", first)[1]) < 300
