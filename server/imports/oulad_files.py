"""The files of the Open University Learning Analytics Dataset (OULAD), line by line and without trust."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from schemas.types import EnrollmentState
from server.imports.lines import CsvLine, columns, read_csv
from services.imports import ImportedCourse, Place, Source

OULAD: Final = Source("oulad", "Open University", "oulad.invalid")

STATE_OF: Final[Mapping[str, EnrollmentState]] = {
    "Pass": EnrollmentState.COMPLETED,
    "Distinction": EnrollmentState.COMPLETED,
    "Fail": EnrollmentState.ACTIVE,  # stayed to the end without completing
    "Withdrawn": EnrollmentState.DROPPED,
}

_MODULE = re.compile(r"[A-Z]{3}")
_PRESENTATION = re.compile(r"[0-9]{4}[A-Z]")
_DAYS = re.compile(r"[1-9][0-9]{0,3}")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that was skipped, and why."""

    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class StudentLine:
    """A line of studentInfo.csv; `told` is None for a bad one, which was reported."""

    number: int
    size: int
    told: tuple[str, Place] | None


class _BadLineError(Exception):
    """What is wrong with a line."""


@dataclass(slots=True)
class OuladFiles:
    """A folder with `courses.csv` and `studentInfo.csv`; `skip` hears of each bad line."""

    folder: Path
    skip: Callable[[Problem], None]
    _seen: set[tuple[str, int]] = field(default_factory=set)

    @property
    def students(self) -> Path:
        return self.folder / "studentInfo.csv"

    def read_courses(self) -> dict[str, ImportedCourse]:
        """The presentations by code, such as `AAA-2014J`."""
        path = self.folder / "courses.csv"
        header, lines = read_csv(path)
        at = columns(path, header, "code_module", "code_presentation", "module_presentation_length")
        courses: dict[str, ImportedCourse] = {}
        for line in lines:
            try:
                course = _course(_cells(line, header, at))
                _refuse(course.code in courses, f"{course.code} stands on an earlier line")
                courses[course.code] = course
            except _BadLineError as error:
                self.skip(Problem(path.name, line.number, str(error)))
        return courses

    def read_students(self, courses: Collection[str], blocked: Collection[str]) -> Iterator[StudentLine]:
        """Who was where, in the order of the file."""
        path = self.students
        header, lines = read_csv(path)
        at = columns(path, header, "code_module", "code_presentation", "id_student", "final_result")
        for line in lines:
            told = None
            try:
                told = self._place(_cells(line, header, at), courses, blocked)
            except _BadLineError as error:
                self.skip(Problem(path.name, line.number, str(error)))
            yield StudentLine(line.number, line.size, told)

    def _place(self, cells: Sequence[str], courses: Collection[str], blocked: Collection[str]) -> tuple[str, Place]:
        module, presentation, number, result = cells
        code = f"{module}-{presentation}"
        _refuse(code not in courses, f"courses.csv has no course {code!r}")
        _refuse(code in blocked, f"{code} was deleted here, or is the code of another course")
        _refuse(not _NUMBER.fullmatch(number), f"id_student is {number!r}, not a number")
        _refuse(result not in STATE_OF, f"final_result is {result!r}, none of {', '.join(STATE_OF)}")
        key = (code, int(number))
        _refuse(key in self._seen, f"student {number} stands in {code} on an earlier line")
        self._seen.add(key)
        return code, Place(int(number), STATE_OF[result])


def _refuse(is_bad: bool, text: str) -> None:  # noqa: FBT001 - reads as a sentence
    if is_bad:
        raise _BadLineError(text)


def _cells(line: CsvLine, header: Sequence[str], at: Sequence[int]) -> list[str]:
    """The wanted cells of a line that has as many as the header."""
    if line.damage is not None:
        raise _BadLineError(line.damage.en)
    _refuse(len(line.cells) != len(header), f"{len(line.cells)} cells instead of {len(header)}")
    return [line.cells[position].strip() for position in at]


def _course(cells: Sequence[str]) -> ImportedCourse:
    module, presentation, days = cells
    _refuse(not _MODULE.fullmatch(module), f"code_module is {module!r}, not three capitals")
    _refuse(not _PRESENTATION.fullmatch(presentation), f"code_presentation is {presentation!r}, not like 2014J")
    _refuse(not _DAYS.fullmatch(days), f"module_presentation_length is {days!r}, not a number of days")
    return ImportedCourse(
        id=OULAD.id_of("course", module, presentation),
        code=f"{module}-{presentation}",
        title=f"{module} {presentation}",
        description=f"Module {module} of the Open University, presentation {presentation}, {days} days long.",
    )
