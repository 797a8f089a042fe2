"""A list of people who shall be in a course, and what became of each line."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.types import In, Out, OutId

Cell = Annotated[str, Field(max_length=1000)]


class RosterRowIn(In):
    """One person. Whatever is wrong with a row is told in its line of the report, and refuses that row alone."""

    name: Cell = ""
    email: Cell = ""
    role: Cell = "student"


class RosterIn(In):
    """At most 500 rows; a dry run reports the same and changes nothing."""

    rows: Annotated[tuple[RosterRowIn, ...], Field(min_length=1, max_length=500)]
    dry_run: bool = False


class RosterOutcome(StrEnum):
    """What became of a line."""

    ENROLLED = "enrolled"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class RosterLineOut(Out):
    """One line, counted from 1. `code` and `message` say why, where it was not simply enrolled."""

    line: int
    email: str
    outcome: RosterOutcome
    invited: bool
    code: str | None
    message: str | None


class RosterReportOut(Out):
    """The whole list, line by line, and how often each thing happened."""

    course_id: OutId
    dry_run: bool
    enrolled: int
    unchanged: int
    refused: int
    invited: int
    lines: list[RosterLineOut]
