"""Reminders: each step of a deadline once, to those whom it still concerns, and none of a date that was moved."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from beanie import PydanticObjectId

from models.courses import Course
from models.enrollments import Enrollment
from models.reminders import ReminderPlan, Step
from models.unit import Job
from schemas.jobs import RemindArgs
from schemas.notifications import Crowd, NotificationKind
from schemas.types import CourseCategory, DifficultyLevel, EnrollmentState, now
from server.app import Core
from services.committer import StaleUnitError
from services.reminders import (
    KIND_OF,
    Deadline,
    ReminderKind,
    by_name,
    cancel_reminders,
    everyone_still,
    plan_id,
    plan_reminders,
)
from services.unit import Author, Unit
from workers.mail import StoringMailer
from workers.reminders import remind
from workers.text_messages import StoringTexter
from workers.work import Tools, Work

NEAR, MISSED = NotificationKind.DEADLINE_NEAR, NotificationKind.DEADLINE_MISSED
STEPS = (Step(minutes=-120, kind=NEAR), Step(minutes=0, kind=NEAR), Step(minutes=60, kind=MISSED))


def deadline(due_in: timedelta, **changes: Any) -> Deadline:
    """Something of its own, due so long from now, for one person."""
    return replace(
        Deadline(
            subject=f"test:{PydanticObjectId()}",
            kind="date",
            due_at=now() + due_in,
            version=1,
            title="Essay",
            link="/essay",
            people=(PydanticObjectId(),),
            steps=STEPS,
        ),
        **changes,
    )


async def planned(core: Core, *deadlines: Deadline, at: datetime | None = None) -> ReminderPlan:
    """Plan each in a unit of its own, made at an instant so long ago that no step had passed."""
    for one in deadlines:
        unit = Unit(at or now() - timedelta(days=9))
        await plan_reminders(unit, one)
        await core.committer.commit(unit)
    plan = await ReminderPlan.get(plan_id(deadlines[-1].subject, deadlines[-1].kind))
    assert plan is not None
    return plan


async def told(core: Core, plan: ReminderPlan, step: Step, *, kinds: Any = KIND_OF, **args: Any) -> list[Any]:
    """Run the job of a step and commit what it does; the arguments of the jobs that it made."""
    unit = Unit(now())
    asked = RemindArgs(plan=plan.id, step=step.name, version=plan.due_version, **args)
    await remind(asked, Work(unit, Tools(core.keys.ring, StoringMailer(), StoringTexter())), kinds)
    await core.committer.commit(unit)
    return [job.args for job in unit.jobs]


async def jobs_of(plan: ReminderPlan) -> list[Job]:
    return await Job.find({"kind": "reminders.remind", "args.plan": plan.id}).sort("run_at").to_list()


async def test_each_step_is_a_job_at_its_moment_under_its_key(core: Core):
    """Planned with the change, before and after the date."""
    plan = await planned(core, one := deadline(timedelta(days=3)), at=now())
    found = [(job.key, job.run_at) for job in await jobs_of(plan)]
    assert found == [
        (f"reminder:{one.subject}:date:{step.name}:1", plan.due_at + timedelta(minutes=step.minutes)) for step in STEPS
    ]


async def test_steps_that_had_passed_are_left_out(core: Core):
    """Who sets a date an hour ahead tells of it as news; the reminder of two hours is none."""
    plan = await planned(core, deadline(timedelta(hours=1)), at=now())
    assert [job.args["step"] for job in await jobs_of(plan)] == ["+0h", "+1h"]


async def test_a_due_step_tells_its_people_once(core: Core):
    """With title and date as facts; run again, it tells nobody."""
    plan = await planned(core, one := deadline(timedelta(hours=1)))
    (first,) = await told(core, plan, STEPS[0])
    assert (first["kind"], first["people"], first["subject"]) == (NEAR, [str(one.people[0])], one.subject)
    assert first["facts"] == {"title": "Essay", "due": plan.due_at.strftime("%Y-%m-%dT%H:%M:%SZ")}
    assert await told(core, plan, STEPS[0]) == []


async def test_a_moved_date_voids_what_was_planned_for_the_old_one(core: Core):
    """The old step tells nobody, the new one does."""
    old = await planned(core, one := deadline(timedelta(hours=1)))
    new = await planned(core, replace(one, due_at=now() + timedelta(hours=1, minutes=30), version=2))
    assert await told(core, old, STEPS[0]) == []
    assert len(await told(core, new, STEPS[0])) == 1


async def test_a_date_that_moves_while_it_is_told_is_not_told(core: Core):
    """The move commits first: the telling rests on the date and commits nothing."""
    old = await planned(core, one := deadline(timedelta(hours=1)))
    unit = Unit(now())
    args = RemindArgs(plan=old.id, step="-2h", version=1)
    await remind(args, Work(unit, Tools(core.keys.ring, StoringMailer(), StoringTexter())))
    await planned(core, replace(one, due_at=one.due_at + timedelta(hours=1), version=2))
    with pytest.raises(StaleUnitError):
        await core.committer.commit(unit)


async def test_a_change_that_leaves_the_date_voids_nothing(core: Core):
    """A new title counts, what was told stays told, and no job is made twice."""
    plan = await planned(core, one := deadline(timedelta(hours=1)))
    await told(core, plan, STEPS[0])
    again = await planned(core, replace(one, title="Long essay", version=2))
    assert (again.told, again.due_version, again.title, len(await jobs_of(again))) == (("-2h",), 1, "Long essay", 3)


async def test_an_older_version_changes_nothing(core: Core):
    """Two changes that come in the wrong order end as the newer one says."""
    one = deadline(timedelta(hours=1), version=5)
    assert (await planned(core, one, replace(one, due_at=now(), version=4))).due_at > now()


async def test_of_several_due_steps_only_the_latest_is_told(core: Core):
    """After a standstill nobody hears that something is near which is over."""
    plan = await planned(core, deadline(timedelta(hours=-2)))
    assert [len(await told(core, plan, step)) for step in STEPS] == [0, 0, 1]


@pytest.mark.parametrize("wrong", [timedelta(days=-2), timedelta(days=2)], ids=["behind", "ahead"])
async def test_a_worker_whose_clock_is_wrong_tells_what_is_due(core: Core, wrong: timedelta):
    """Which step is the latest is asked of the database's clock."""
    plan = await planned(core, deadline(timedelta(hours=1)))
    unit = Unit(now() + wrong)
    args = RemindArgs(plan=plan.id, step="-2h", version=1)
    await remind(args, Work(unit, Tools(core.keys.ring, StoringMailer(), StoringTexter())))
    assert len(unit.jobs) == 1


async def test_whoever_set_the_date_is_reminded_like_anybody(core: Core):
    """Who does something is not notified of it; of a reminder nobody is the doer."""
    plan = await planned(core, one := deadline(timedelta(hours=1)))
    unit = Unit(now(), Author(user_id=str(one.people[0])))
    args = RemindArgs(plan=plan.id, step="-2h", version=1)
    await remind(args, Work(unit, Tools(core.keys.ring, StoringMailer(), StoringTexter())))
    assert [(job.args["actor_id"], job.args["people"]) for job in unit.jobs] == [(None, [str(one.people[0])])]


async def test_what_is_cancelled_reminds_nobody_until_it_is_planned_anew(core: Core):
    """A higher version brings it back."""
    plan = await planned(core, one := deadline(timedelta(hours=1)))
    unit = Unit(now())
    await cancel_reminders(unit, one.subject, one.kind)
    await core.committer.commit(unit)
    assert await told(core, plan, STEPS[0]) == []
    assert len(await told(core, await planned(core, replace(one, version=2)), STEPS[0])) == 1


async def test_who_has_done_it_is_not_reminded(core: Core):
    """The kind's row knows; it is asked when the reminder is due."""
    done, open_ = PydanticObjectId(), PydanticObjectId()

    async def not_done(_: str, people: Sequence[PydanticObjectId]) -> Collection[PydanticObjectId]:
        return [one for one in people if one != done]

    plan = await planned(core, deadline(timedelta(hours=1), people=(done, open_)))
    (news,) = await told(core, plan, STEPS[0], kinds=by_name([ReminderKind("date", STEPS, not_done)]))
    assert news["people"] == [str(open_)]


async def test_two_rows_of_one_kind_are_refused():
    """Which of two rows counts is never left to their order; neither are two steps at one moment."""
    row = ReminderKind("essay", STEPS, everyone_still)
    with pytest.raises(ValueError, match="essay twice"):
        by_name([row, row])
    with pytest.raises(ValueError, match="one moment"):
        by_name([replace(row, steps=(STEPS[0], STEPS[0]))])


async def course_of(students: int) -> Course:
    """A course of an owner and so many students, one of whom has left."""
    at = now()
    course = Course(
        created_at=at,
        updated_at=at,
        title="C",
        description="D",
        category=CourseCategory.OTHER,
        difficulty_level=DifficultyLevel.BEGINNER,
        instructor_id=PydanticObjectId(),
        seats_taken=students - 1,
        search_text="c",
    )
    await course.insert()
    rows = [
        Enrollment(
            created_at=at,
            updated_at=at,
            course_id=course.id,
            user_id=PydanticObjectId(),
            enrolled_at=at,
            sort_name=f"{n}",
            state=EnrollmentState.ACTIVE if n else EnrollmentState.DROPPED,
        )
        for n in range(students)
    ]
    await Enrollment.insert_many(rows)
    return course


async def test_a_crowd_is_told_in_pages_of_five_hundred(core: Core):
    """Who is in the course when it is due, each on one page, as a fact of its own."""
    course = await course_of(702)
    plan = await planned(core, deadline(timedelta(hours=1), to=Crowd.COURSE, course_id=course.id))
    first, onward = await told(core, plan, STEPS[0])
    (second,) = await told(core, plan, STEPS[0], after=onward["after"])
    assert (len(first["people"]), len(second["people"])) == (500, 201)
    assert len({*first["people"], *second["people"]}) == 701
    assert first["once"] != second["once"]


async def test_the_staff_of_a_course_can_be_reminded(core: Core):
    """Its owner, here; not those who learn in it."""
    course = await course_of(2)
    plan = await planned(core, deadline(timedelta(hours=1), to=Crowd.COURSE_STAFF, course_id=course.id))
    (news,) = await told(core, plan, STEPS[0])
    assert news["people"] == [str(course.instructor_id)]


@pytest.mark.parametrize("to", [Crowd.EVERYONE, Crowd.COURSE])
async def test_a_crowd_that_cannot_be_found_is_refused_when_it_is_planned(to: Crowd):
    """Not when it is due: everyone, and a course that is not named."""
    with pytest.raises(ValueError, match="nobody can be reminded"):
        await plan_reminders(Unit(now()), deadline(timedelta(hours=1), to=to))
