"""Telling reminders: each step of each deadline once, and none of a date that does not hold any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import structlog
from beanie import PydanticObjectId

from models.reminders import ReminderPlan, Step
from schemas.jobs import RemindArgs
from services.database_clock import database_now
from services.notifications.asking import News, notify_people
from services.reminders import AT_ONCE, KIND_OF, ReminderKind, is_overtaken, recipients
from services.unit import Unit
from workers.work import Work

log = structlog.get_logger(__name__)


async def remind(args: RemindArgs, work: Work, kinds: Mapping[str, ReminderKind] = KIND_OF) -> None:
    """Tell the next 500 of those whom one step of a deadline concerns, unless it does not count any more."""
    plan, at = await ReminderPlan.get(args.plan), await database_now()
    step = _wanted(plan, args, at)
    if plan is None or step is None:
        return
    after = PydanticObjectId(args.after) if args.after else None
    page = await recipients(plan, after, at)
    wanted = await kinds[plan.kind].still_due(plan.subject, page) if page else ()
    work.unit.author = replace(work.unit.author, user_id=None)  # the house reminds, also whoever set the date
    _mark(work.unit, plan, args, len(wanted))
    if wanted:
        notify_people(work.unit, _news(plan, step, args), sorted(wanted))
    if len(page) == AT_ONCE:
        _go_on(work.unit, args, page[-1])


def _wanted(plan: ReminderPlan | None, args: RemindArgs, at: datetime) -> Step | None:
    """The step, if it is to be told now; the log says why one is not."""
    if plan is None or plan.cancelled_at is not None or plan.due_version != args.version:
        why = "void"
    elif args.after is None and args.step in plan.told:
        why = "told"
    elif (step := plan.step(args.step)) is not None and not is_overtaken(plan, step, at):
        return step
    else:
        why = "overtaken"
    log.info("reminder_dropped", plan=args.plan, step=args.step, why=why)
    return None


def _mark(unit: Unit, plan: ReminderPlan, args: RemindArgs, count: int) -> None:
    """Rests on the date: when it is moved before this commits, nobody is told of the old one."""
    holds = {"_id": plan.id, "due_version": args.version, "cancelled_at": None}
    first = {"told": {"$ne": args.step}} if args.after is None else {}
    change = {"$addToSet": {"told": args.step}, "$inc": {"people_told": count}}
    unit.update(ReminderPlan, {**holds, **first}, change)


def _news(plan: ReminderPlan, step: Step, args: RemindArgs) -> News:
    """`once` names the page as well, because there is one job for each fact: a person stands on one page."""
    once = f"{plan.id}:{args.step}:{args.version}"
    return News(
        kind=step.kind,
        subject=plan.subject,
        facts={"title": plan.title, "due": plan.due_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")},
        link=plan.link,
        course_id=plan.course_id,
        once=f"{once}:{args.after}" if args.after else once,
    )


def _go_on(unit: Unit, args: RemindArgs, after: PydanticObjectId) -> None:
    unit.enqueue(
        "reminders.remind",
        RemindArgs(plan=args.plan, step=args.step, version=args.version, after=str(after)),
        key=f"reminder:{args.plan}:{args.step}:{args.version}:{after}",
    )
