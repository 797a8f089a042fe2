"""Importing a roster: a CSV file with a header that names the columns name, email and role."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from models.courses import Course
from schemas.roster import RosterReportOut
from schemas.types import OBJECT_ID, folded
from server.app import Core
from server.imports.committing import committed
from server.imports.lines import CsvLine, ImportRefusedError, columns, read_csv
from services.access import enter_course
from services.errors import DomainError
from services.roster import take_roster
from services.roster_lines import TOO_FEW_COLUMNS, TOO_MANY_COLUMNS, Row
from services.scopes import Scope

MAX_ROWS: Final = 2000
"""A roster is taken whole or not at all, in one transaction."""

SPELLINGS: Final[Mapping[str, str]] = {"e-mail": "email", "nom": "name", "courriel": "email"}
"""Other headings that spreadsheets have, folded."""


async def import_roster(core: Core, path: Path, course: str, *, dry_run: bool) -> RosterReportOut:
    """Take the file's people into the course that an id or a code names."""
    rows = list(islice(_rows(path), MAX_ROWS + 1))
    if len(rows) > MAX_ROWS:
        message = f"{path.name} has more than {MAX_ROWS} rows; split it."
        raise ImportRefusedError(message)
    course_id = await _course_id(course)

    async def fill(scope: Scope) -> RosterReportOut:
        inside = await enter_course(scope, course_id)
        return await take_roster(inside, rows, dry_run=dry_run, language="en")

    try:
        return await committed(core, "import-roster", fill)
    except DomainError as error:
        raise ImportRefusedError(str(error)) from None


async def _course_id(named: str) -> str:
    where = {"code": named.upper(), "deleted_at": None}
    if re.fullmatch(OBJECT_ID, named):
        return named
    course = await Course.find_one(where)
    if course is None:
        message = f"no course has the code {named}"
        raise ImportRefusedError(message)
    return str(course.id)


def _rows(path: Path) -> Iterator[Row]:
    header, lines = read_csv(path)
    names = [SPELLINGS.get(folded(name), folded(name)) for name in header]
    at = columns(path, names, "name", "email", "role")
    return (_row(line, names, at) for line in lines if not line.is_blank)


def _row(line: CsvLine, names: Sequence[str], at: Sequence[int]) -> Row:
    damage = line.damage
    if damage is None and len(line.cells) != len(names):
        damage = TOO_FEW_COLUMNS if len(line.cells) < len(names) else TOO_MANY_COLUMNS
    if damage is not None:
        return Row(line.number, damage=damage)
    name, email, role = (line.cells[position] for position in at)
    return Row(line.number, name, email, role)
