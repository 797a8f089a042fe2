"""Taking a list of people into a course over REST."""

from __future__ import annotations

from handlers.call import Call, Route
from schemas.roster import RosterIn, RosterReportOut
from services import roster
from services.errors import CourseClosed
from services.permissions import Permission as P
from services.roster_lines import Row
from services.scopes import CourseScope


async def take_roster(call: Call[CourseScope, RosterIn]) -> RosterReportOut:
    """Enroll a list of people, inviting those who have no account; the report names every row."""
    rows = [Row(number, row.name, row.email, row.role) for number, row in enumerate(call.input.rows, 1)]
    return await roster.take_roster(call.scope, rows, dry_run=call.input.dry_run, language=call.caller.language)


ROUTES = (
    Route(
        "POST",
        "/courses/{course_id}/roster",
        take_roster,
        RosterReportOut,
        P.ENROLLMENT_MANAGE,
        body=RosterIn,
        about="path.course_id",
        cost=10,
        example={
            "rows": [{"name": "Ada Lovelace", "email": "ada@school.example", "role": "student"}],
            "dryRun": True,
        },
        raises=(CourseClosed,),
    ),
)
