"""Reminders of whatever has a date: planned with the change that sets it, told by workers when they are due.

`docs/concepts/reminders.md` shows how a feature gets its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from beanie import PydanticObjectId

from models.access import RoleAssignment
from models.courses import Course
from models.enrollments import Enrollment
from models.reminders import ReminderPlan, Step
from schemas.jobs import RemindArgs
from schemas.notifications import Crowd, NotificationKind
from schemas.types import SEATED, ScopeType, to_milliseconds
from services.accounts.roles import alive
from services.unit import Unit

AT_ONCE: Final = 500
KEPT: Final = timedelta(days=90)
"""How long a plan is kept after its last step."""

StillDue = Callable[[str, Sequence[PydanticObjectId]], Awaitable[Collection[PydanticObjectId]]]
"""Of a subject (`assignment:65f0…`) and some people, at most 500: those for whom it still is to be done."""


@dataclass(frozen=True, slots=True)
class ReminderKind:
    """One row of REMINDER_KINDS: when people are told, unless a deadline says otherwise, and who needs no reminder."""

    name: str
    steps: tuple[Step, ...]
    still_due: StillDue


async def everyone_still(_subject: str, people: Sequence[PydanticObjectId]) -> Collection[PydanticObjectId]:
    """For dates that come for everyone, whatever they do."""
    return people


def by_name(rows: Iterable[ReminderKind]) -> Mapping[str, ReminderKind]:
    """The table as it is looked up; two rows of one name, or two steps of one moment, are a `ValueError`."""
    table: dict[str, ReminderKind] = {}
    for row in rows:
        if row.name in table:
            message = f"REMINDER_KINDS has {row.name} twice"
            raise ValueError(message)
        _refuse_twins(row.steps)
        table[row.name] = row
    return table


def _refuse_twins(steps: Sequence[Step]) -> None:
    if len({step.minutes for step in steps}) < len(steps):
        message = "two steps are due at one moment"
        raise ValueError(message)


HOUR: Final = 60

REMINDER_KINDS: Final = (
    ReminderKind(
        "date",
        (
            Step(minutes=-24 * HOUR, kind=NotificationKind.DEADLINE_COMING),
            Step(minutes=-2 * HOUR, kind=NotificationKind.DEADLINE_NEAR),
        ),
        everyone_still,
    ),
)

KIND_OF: Final = by_name(REMINDER_KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Something that is due. `subject` is the object (`assignment:65f0…`), `version` the version of that object.

    `to` is a crowd, found when a reminder is due: `people`, or those in a course, or its staff. `title` is what the
    texts call it, `link` the page that shows it. `steps` are those of the kind, unless given.
    """

    subject: str
    kind: str
    due_at: datetime
    version: int
    title: str
    link: str
    to: Crowd = Crowd.PEOPLE
    people: tuple[PydanticObjectId, ...] = ()
    course_id: PydanticObjectId | None = None
    steps: tuple[Step, ...] = ()


def plan_id(subject: str, kind: str) -> str:
    return f"{kind}:{subject}"


async def plan_reminders(unit: Unit, deadline: Deadline, kinds: Mapping[str, ReminderKind] = KIND_OF) -> None:
    """Remind of the deadline from now on, as it is with this version; to be called with every change of the object.

    A date that moved voids the reminders of the old one. Steps whose moment had passed before are left out: what was
    set so late is news, and no reminder. A version that is known already, or older, changes nothing.
    """
    row = kinds[deadline.kind]
    steps = deadline.steps or row.steps
    _refuse_twins(steps)
    if deadline.to is Crowd.EVERYONE or (deadline.to is not Crowd.PEOPLE and deadline.course_id is None):
        message = f"nobody can be reminded as {deadline.to}"
        raise ValueError(message)
    known = await ReminderPlan.get(plan_id(deadline.subject, deadline.kind))
    if known is not None and known.version >= deadline.version:
        return
    plan = _plan(deadline, steps)
    if known is None:
        unit.insert(plan)
    else:
        if stays := (known.due_at, known.steps, known.cancelled_at) == (plan.due_at, plan.steps, None):
            plan.due_version = known.due_version
        kept = {"told", "people_told"} if stays else set[str]()
        changed = plan.model_dump(exclude={"id", "revision_id", *kept})
        unit.update(ReminderPlan, {"_id": plan.id, "version": known.version}, {"$set": changed})
        if stays:
            return
    for step in steps:
        if plan.instant(step) > unit.at:
            _enqueue(unit, plan, step)


def _plan(deadline: Deadline, steps: tuple[Step, ...]) -> ReminderPlan:
    due_at = to_milliseconds(deadline.due_at)
    return ReminderPlan(
        id=plan_id(deadline.subject, deadline.kind),
        subject=deadline.subject,
        kind=deadline.kind,
        version=deadline.version,
        due_version=deadline.version,
        due_at=due_at,
        title=deadline.title,
        link=deadline.link,
        course_id=deadline.course_id,
        to=deadline.to,
        people=deadline.people,
        steps=steps,
        expires_at=due_at + timedelta(minutes=max(step.minutes for step in steps)) + KEPT,
    )


def _enqueue(unit: Unit, plan: ReminderPlan, step: Step) -> None:
    unit.enqueue(
        "reminders.remind",
        RemindArgs(plan=plan.id, step=step.name, version=plan.due_version),
        at=plan.instant(step),
        key=f"reminder:{plan.subject}:{plan.kind}:{step.name}:{plan.due_version}",
    )


async def cancel_reminders(unit: Unit, subject: str, kind: str) -> None:
    """Remind nobody of it any more, unless it is planned again with a higher version."""
    plan = await ReminderPlan.get(plan_id(subject, kind))
    if plan is not None and plan.cancelled_at is None:
        unit.update(ReminderPlan, {"_id": plan.id, "version": plan.version}, {"$set": {"cancelled_at": unit.at}})


def is_overtaken(plan: ReminderPlan, step: Step, at: datetime) -> bool:
    """Whether a later step of the deadline is due as well: after a standstill only the latest is told."""
    return any(later.minutes > step.minutes and plan.instant(later) <= at for later in plan.steps)


async def recipients(plan: ReminderPlan, after: PydanticObjectId | None, at: datetime) -> Sequence[PydanticObjectId]:
    """The next 500 of those whom the deadline concerns just now, in the order of their ids."""
    match plan.to:
        case Crowd.COURSE:
            where = {"course_id": plan.course_id, "state": {"$in": list(SEATED)}}
            behind = {"user_id": {"$gt": after}} if after else {}
            rows = Enrollment.get_pymongo_collection().find({**where, **behind}, {"user_id": 1})
            return [row["user_id"] async for row in rows.sort("user_id", 1).limit(AT_ONCE)]
        case Crowd.COURSE_STAFF:
            found = await _staff(plan, at)
        case _:
            found = set(plan.people)
    return sorted(one for one in found if after is None or one > after)[:AT_ONCE]


async def _staff(plan: ReminderPlan, at: datetime) -> set[PydanticObjectId]:
    """Who owns the course, and who holds a role in it."""
    course = await Course.get(plan.course_id)
    where = {"scope_type": ScopeType.COURSE, "scope_id": plan.course_id, "role": {"$ne": None}, **alive(at)}
    held = {row.user_id async for row in RoleAssignment.find(where)}
    return held | ({course.instructor_id} if course else set())
