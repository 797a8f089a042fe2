"""Taking a list of people into a course: accounts for those who have none, and invitations for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from beanie import PydanticObjectId

from models.accounts import User
from models.enrollments import Enrollment
from schemas.roster import RosterLineOut, RosterOutcome, RosterReportOut
from schemas.types import CourseStatus, EnrollmentState
from services.accounts.invitations import invite, invited
from services.accounts.registration import NewPerson, account, add_account, free_usernames
from services.crypto import normalised_email
from services.enrollments import new_enrollment, sort_name, take_seats, tell
from services.errors import CourseClosed
from services.permissions import Permission
from services.roster_lines import Reason, Row, Sound, judge
from services.scopes import CourseScope

ALREADY_ENROLLED: Final = Reason(
    "already_enrolled", "This person is in the course already.", "Cette personne est déjà dans le cours."
)
ACCOUNT_SUSPENDED: Final = Reason(
    "account_suspended", "The account of this address is suspended.", "Le compte de cette adresse est suspendu."
)
OWN_COURSE: Final = Reason("own_course", "This person teaches the course.", "Cette personne enseigne ce cours.")
COURSE_FULL: Final = Reason(
    "course_full", "Every seat in this course is taken.", "Toutes les places de ce cours sont prises."
)


@dataclass(slots=True)
class _Verdict:
    """What shall become of one line. `invites` says that its person gets a mail."""

    row: Row
    outcome: RosterOutcome
    reason: Reason | None = None
    person: Sound | None = None
    user: User | None = None
    enrollment: Enrollment | None = None
    invites: bool = False


@dataclass(slots=True)
class _Known:
    """What the database says of the people of a list. `seats` is None where nothing limits them."""

    users: dict[str, User]
    enrollments: dict[PydanticObjectId, Enrollment]
    invited: set[PydanticObjectId]
    seats: int | None = None
    index: dict[str, Sequence[str]] = field(default_factory=dict)


async def take_roster(scope: CourseScope, rows: Sequence[Row], *, dry_run: bool, language: str) -> RosterReportOut:
    """Enroll everyone who can be enrolled, and report line by line; a dry run reports the same."""
    scope.require(Permission.ENROLLMENT_MANAGE)
    if scope.course.status is CourseStatus.ARCHIVED:
        raise CourseClosed
    judged = judge(rows)
    known = await _look_up(scope, [verdict for _, verdict in judged if isinstance(verdict, Sound)])
    verdicts = [_decide(scope, row, verdict, known) for row, verdict in judged]
    if not dry_run:
        await _write(scope, verdicts)
    return _report(scope, verdicts, dry_run=dry_run, language=language)


async def _look_up(scope: CourseScope, people: Sequence[Sound]) -> _Known:
    index = {person.email: scope.keys.email_index.all_of(normalised_email(person.email)) for person in people}
    found = await User.find({"email_bidx": {"$in": [one for each in index.values() for one in each]}}).to_list()
    ids = [user.id for user in found]
    enrollments = await Enrollment.find({"course_id": scope.course.id, "user_id": {"$in": ids}}).to_list()
    limit = scope.course.max_students
    return _Known(
        users={user.email_bidx: user for user in found},
        enrollments={enrollment.user_id: enrollment for enrollment in enrollments},
        invited=await invited(scope, [user.id for user in found if user.password_hash is None]),
        seats=None if limit is None else limit - scope.course.seats_taken,
        index=index,
    )


def _decide(scope: CourseScope, row: Row, judged: Sound | Reason, known: _Known) -> _Verdict:
    """The rules, in the order in which a reader would want to hear of them."""
    if isinstance(judged, Reason):
        return _Verdict(row, RosterOutcome.REFUSED, judged)
    user = next((known.users[one] for one in known.index[judged.email] if one in known.users), None)
    enrollment = known.enrollments.get(user.id) if user else None
    if user is not None and user.id == scope.course.instructor_id:
        return _Verdict(row, RosterOutcome.REFUSED, OWN_COURSE)
    if user is not None and not user.is_active:
        return _Verdict(row, RosterOutcome.REFUSED, ACCOUNT_SUSPENDED)
    invites = user is None or (user.password_hash is None and user.id not in known.invited)
    if enrollment is not None and enrollment.state.is_seated:
        return _Verdict(row, RosterOutcome.UNCHANGED, ALREADY_ENROLLED, judged, user, enrollment, invites)
    if known.seats is not None:
        if known.seats <= 0:
            return _Verdict(row, RosterOutcome.REFUSED, COURSE_FULL)
        known.seats -= 1
    return _Verdict(row, RosterOutcome.ENROLLED, None, judged, user, enrollment, invites)


async def _write(scope: CourseScope, verdicts: Sequence[_Verdict]) -> None:
    """The seats come first: when they are gone meanwhile, nothing has been written and the call runs again."""
    enrolled = [verdict for verdict in verdicts if verdict.outcome is RosterOutcome.ENROLLED]
    if enrolled:
        take_seats(scope.unit, scope.course, len(enrolled))
    await _make_accounts(scope, [verdict for verdict in enrolled if verdict.user is None])
    for verdict in enrolled:
        _enroll(scope, verdict)
    for verdict in verdicts:
        if verdict.invites and verdict.user is not None:
            invite(scope, verdict.user, scope.course.id)
    if enrolled:
        scope.unit.audit("roster.taken", f"course:{scope.course.id}", enrolled=len(enrolled))


async def _make_accounts(scope: CourseScope, strangers: Sequence[_Verdict]) -> None:
    people = [verdict.person for verdict in strangers if verdict.person is not None]
    usernames = await free_usernames([person.email for person in people])
    for verdict, person, username in zip(strangers, people, usernames, strict=True):
        verdict.user = account(scope, NewPerson(person.email, username, person.first_name, person.last_name))
        add_account(scope, verdict.user)
        scope.unit.audit("user.created", f"user:{verdict.user.id}", role=verdict.user.role.value)


def _enroll(scope: CourseScope, verdict: _Verdict) -> None:
    enrollment, user = verdict.enrollment, verdict.user
    if enrollment is not None:
        scope.unit.change(enrollment, state=EnrollmentState.ACTIVE)
    elif user is not None:
        name = sort_name(user.first_name, user.last_name)
        enrollment = new_enrollment(scope, scope.course.id, user.id, name)
        scope.unit.insert(enrollment)
    if enrollment is not None:
        tell(scope, enrollment)


def _report(scope: CourseScope, verdicts: Sequence[_Verdict], *, dry_run: bool, language: str) -> RosterReportOut:
    outcomes = [verdict.outcome for verdict in verdicts]
    return RosterReportOut(
        course_id=str(scope.course.id),
        dry_run=dry_run,
        enrolled=outcomes.count(RosterOutcome.ENROLLED),
        unchanged=outcomes.count(RosterOutcome.UNCHANGED),
        refused=outcomes.count(RosterOutcome.REFUSED),
        invited=sum(verdict.invites for verdict in verdicts),
        lines=[
            RosterLineOut(
                line=verdict.row.line,
                email=verdict.row.email.strip(),
                outcome=verdict.outcome,
                invited=verdict.invites,
                code=verdict.reason.code if verdict.reason else None,
                message=verdict.reason.text(language) if verdict.reason else None,
            )
            for verdict in verdicts
        ],
    )
