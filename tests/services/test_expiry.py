"""What ends by itself: invitations and join codes, by the instant of the call."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.accounts import Invitation, User
from models.courses import Course
from schemas.accounts import AcceptInviteIn, SignUpIn
from schemas.courses import CourseIn
from schemas.join_codes import JoinCodeIn, JoinIn
from schemas.types import CourseCategory, DifficultyLevel, UserRole, now
from server.app import Core
from services import courses, join_codes
from services.access import enter_course
from services.accounts import invitations
from services.accounts.desk import Device
from services.accounts.registration import create_user
from services.errors import InviteUnknown, JoinCodeUnknown
from services.roster import take_roster
from services.roster_lines import Row
from services.scopes import Actor, CourseScope, Scope
from services.unit import Unit

DRAFT = CourseIn(
    title="Tides", description="They end.", category=CourseCategory.SCIENCE, difficulty_level=DifficultyLevel.BEGINNER
)


def scope(core: Core, actor: Actor, days: float = 0) -> Scope:
    return Scope(actor, Unit(at=now() + timedelta(days=days)), core.keys.ring)


async def teacher(core: Core, email: str) -> tuple[Actor, str]:
    """An instructor with a course."""
    making = scope(core, Actor())
    person = SignUpIn(email=email, password="correct horse", first_name="Tia", last_name="Moon")
    user = await create_user(making, core.desk, person.model_copy(update={"role": UserRole.INSTRUCTOR}))
    await core.committer.commit(making.unit)
    actor = Actor(str(user.id), user.role)
    opening = scope(core, actor)
    course = await courses.create_course(opening, DRAFT)
    await core.committer.commit(opening.unit)
    return actor, course.course_id


async def inside(core: Core, actor: Actor, course_id: str, days: float = 0) -> CourseScope:
    return await enter_course(scope(core, actor, days), course_id)


async def test_an_invitation_ends_and_the_next_roster_brings_another(core: Core):
    """After 14 days the token is unknown; until then a second roster sends no second mail."""
    actor, course_id = await teacher(core, "tides@school.example")
    invites = {}
    for day in (0, 13, 15):
        staff = await inside(core, actor, course_id, day)
        rows = [Row(1, "Late Comer", "late.comer@school.example", "student")]
        invites[day] = (await take_roster(staff, rows, dry_run=False, language="en")).invited
        await core.committer.commit(staff.unit)
    assert invites == {0: 1, 13: 0, 15: 1}

    user = await User.find_one({"username": "late-comer"})
    first, _ = await Invitation.find({"user_id": user.id}).sort("expires_at").to_list()
    draft = AcceptInviteIn(token=invitations.token_of(first, core.keys.ring), password="a new password")
    with pytest.raises(InviteUnknown):
        await invitations.accept(scope(core, Actor(), 14.01), core.desk, draft, Device("", ""))
    await invitations.accept(scope(core, Actor(), 13.9), core.desk, draft, Device("", ""))


async def test_a_join_code_ends(core: Core):
    """On the day it says; staff see then that there is none."""
    actor, course_id = await teacher(core, "ebb@school.example")
    staff = await inside(core, actor, course_id)
    made = await join_codes.make_join_code(staff, JoinCodeIn(expires_in_days=2))
    await core.committer.commit(staff.unit)
    assert (await Course.get(course_id)).join_code == made.code

    student = Actor("0" * 24, UserRole.STUDENT)
    with pytest.raises(JoinCodeUnknown):
        await join_codes.join(scope(core, student, 2.01), JoinIn(code=made.code))
    assert (await join_codes.read_join_code(await inside(core, actor, course_id, 1.9))).code == made.code
    assert (await join_codes.read_join_code(await inside(core, actor, course_id, 2.01))).code is None
