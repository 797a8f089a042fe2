"""Telling a crowd: everyone once, whatever runs twice or at the same moment, and nobody who is not meant."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from beanie import PydanticObjectId

from models.access import RoleAssignment
from models.announcements import Announcement
from models.notifications import Notification, NotificationChoices
from realtime.announce import LiveAnnouncer
from schemas.jobs import TakeBackArgs
from schemas.notifications import Cadence, Category, Channel, Crowd, NotificationKind, Reason
from schemas.types import ScopeType, UserRole, now
from server.app import Core, background
from server.working import tools_of
from services.access import enter_user
from services.committer import Committer, StaleUnitError
from services.notifications import asking, reading
from services.notifications.kinds import SPEC_OF_KIND
from services.unit import Unit
from tests.harness.crowd import Class, heard, news_of, open_class, scope_of, told, who_was_told
from workers.notifying import take_back, tell
from workers.work import Work


async def test_a_crowd_of_1200_is_told_in_three_units_each_once(core: Core):
    """Members and who teaches, 500 a unit; and none of them again when all of it runs again."""
    room = await open_class(core, 1199)
    news = await news_of(room)
    assert await told(core, news) == 3
    assert await who_was_told(news) == sorted(room.everybody)
    assert await told(core, news) == 3
    assert await who_was_told(news) == sorted(room.everybody)
    assert [name for name, _ in await heard(core, room.students[700])] == ["notification.new"]


async def test_two_who_tell_the_same_at_once_tell_it_once(core: Core):
    """Through two writers: each member has one notification and one event, and the numbers are right."""
    room = await open_class(core, 40)
    news = await news_of(room)
    rival = Committer(
        core.database.client, core.events.epoch, LiveAnnouncer(core.hub, core.bus, core.revocations), core.metrics
    )
    async with background(rival.run()):
        await asyncio.gather(*(told(core, news, each) for each in (rival, core.committer, rival, core.committer)))
    assert await who_was_told(news) == sorted(room.everybody)
    assert [told_of["unread"] for _, told_of in await heard(core, room.students[0])] == [1]


async def test_a_notification_and_its_event_say_the_same(core: Core):
    """What is stored is what was told, with the count right after it and why."""
    room = await open_class(core, 1)
    news = await news_of(room, actor_id=str(room.teacher.id))
    await told(core, news)
    [kept] = await Notification.find({"once": news.once}).to_list()
    [(name, payload)] = await heard(core, room.students[0])
    assert (name, payload["type"], payload["unread"]) == ("notification.new", "announcement_posted", 1)
    assert (payload["notificationId"], payload["userId"]) == (str(kept.id), str(kept.user_id))
    assert (kept.reason, kept.actor_id, payload["actorId"]) == (Reason.IN_COURSE, news.actor_id, news.actor_id)


async def test_whoever_did_it_is_not_told(core: Core):
    """The author of an announcement knows of it."""
    room = await open_class(core, 2)
    news = await news_of(room, actor_id=str(room.teacher.id))
    await told(core, news)
    assert await who_was_told(news) == [student.id for student in room.students]


async def test_whom_accounts_and_seats_leave_out(core: Core):
    """Who is suspended, anonymised or has left the course by then is not told."""
    room = await open_class(core, 4)
    news, (suspended, gone, left, stays) = await news_of(room), room.students
    await suspended.set({"status": "suspended"})
    await gone.set({"status": "anonymised"})
    seats = core.database.client[core.settings.mongodb_database]["enrollments"]
    await seats.update_one({"user_id": left.id}, {"$set": {"state": "dropped"}})
    await told(core, news)
    assert await who_was_told(news) == sorted([stays.id, room.teacher.id])


async def chosen(user_id: PydanticObjectId, **choices: Any) -> None:
    await NotificationChoices(id=user_id, created_at=now(), updated_at=now(), **choices).insert()


NEVER = {Category.ANNOUNCEMENTS: {Channel.IN_APP: Cadence.NEVER}, Category.GRADES: {Channel.IN_APP: Cadence.NEVER}}


@pytest.mark.parametrize(("category", "are_told"), [(Category.ANNOUNCEMENTS, 1), (Category.GRADES, 3)])
async def test_who_has_muted_the_course_or_wants_none_is_left_alone(
    core: Core, monkeypatch: pytest.MonkeyPatch, category: Category, are_told: int
):
    """But for what always reaches everyone, such as grades."""
    kind = NotificationKind.ANNOUNCEMENT_POSTED
    monkeypatch.setitem(SPEC_OF_KIND, kind, replace(SPEC_OF_KIND[kind], category=category))
    room = await open_class(core, 3)
    muting, refusing, _ = room.students
    await chosen(muting.id, muted_courses=(room.course.id,))
    await chosen(refusing.id, cadences=NEVER)
    news = await news_of(room, actor_id=str(room.teacher.id))
    await told(core, news)
    assert len(await who_was_told(news)) == are_told


async def test_what_was_taken_back_meanwhile_is_told_to_nobody(core: Core):
    """Also when the course is gone."""
    room = await open_class(core, 1)
    withdrawn, orphaned = await news_of(room), await news_of(room)
    await Announcement.find({"_id": PydanticObjectId(withdrawn.once)}).update({"$set": {"status": "withdrawn"}})
    await told(core, withdrawn)
    await room.course.set({"deleted_at": now()})
    await told(core, orphaned)
    assert await who_was_told(withdrawn) == await who_was_told(orphaned) == []


async def test_what_was_told_can_be_taken_back(core: Core):
    """From everyone's list and from the log, with the count that is left; again it changes nothing."""
    room = await open_class(core, 2)
    news, other = await news_of(room), await news_of(room)
    await told(core, news)
    await told(core, other)
    asked = Unit(now())
    asking.take_back(asked, news.subject)
    for job in asked.jobs:
        unit = Unit(now())
        await take_back(TakeBackArgs.model_validate(job.args), Work(unit, tools_of(core)))
        await core.committer.commit(unit)
    assert (await who_was_told(news), await who_was_told(other)) == ([], sorted(room.everybody))
    [(_, empty), _, (name, gone)] = await heard(core, room.students[0])
    assert (empty["_redacted"], name, gone["unread"], len(gone["ids"])) == (True, "notification.withdrawn", 1, 1)


async def assigned(room: Class, user_id: PydanticObjectId, role: UserRole, **more: Any) -> None:
    at = now()
    here = {"scope_type": ScopeType.COURSE, "scope_id": room.course.id, "granted_by": room.teacher.id}
    await RoleAssignment(created_at=at, updated_at=at, user_id=user_id, role=role, **here, **more).insert()


async def test_staff_are_who_teaches_and_who_was_given_a_role_in_the_course(core: Core):
    """As long as it lasts; a member who is staff, too, is told once, as staff."""
    room = await open_class(core, 3)
    facilitator, former, _ = room.students
    await assigned(room, facilitator.id, UserRole.FACILITATOR)
    await assigned(room, former.id, UserRole.FACILITATOR, expires_at=now() - timedelta(days=1))
    staff, everyone = await news_of(room, to=Crowd.COURSE_STAFF), await news_of(room)
    await told(core, staff)
    await told(core, everyone)
    assert await who_was_told(staff) == sorted([room.teacher.id, facilitator.id])
    assert await who_was_told(everyone) == sorted(room.everybody)
    kept = await Notification.find_one({"once": everyone.once, "user_id": facilitator.id})
    assert kept.reason is Reason.STAFF


async def test_everyone_and_named_people(core: Core):
    """Every active account; or those who are named, and no one else."""
    room = await open_class(core, 3)
    names = tuple(str(student.id) for student in room.students[:2])
    everyone, named = await news_of(room, to=Crowd.EVERYONE), await news_of(room, to=Crowd.PEOPLE, people=names)
    await told(core, everyone)
    await told(core, named)
    assert room.everybody <= set(await who_was_told(everyone))
    assert await who_was_told(named) == [PydanticObjectId(name) for name in names]


async def test_a_unit_that_fails_leaves_nothing(core: Core):
    """The worker that lost its job commits neither notifications nor events."""
    room = await open_class(core, 2)
    news, unit = await news_of(room), Unit(now())
    unit.update(Notification, {"_id": PydanticObjectId()}, {"$set": {"link": ""}})
    await tell(news, Work(unit, tools_of(core)))
    with pytest.raises(StaleUnitError):
        await core.committer.commit(unit)
    assert await who_was_told(news) == await heard(core, room.students[0]) == []


async def read_all(core: Core, room: Class) -> None:
    """As the endpoint does: again when what was counted has changed."""
    while True:
        scope = await enter_user(scope_of(core, room.students[0]), str(room.students[0].id))
        await reading.read_all(scope)
        try:
            await core.committer.commit(scope.unit)
        except StaleUnitError:
            continue
        return


async def test_unread_is_right_whatever_happens_at_once(core: Core):
    """20 that tell and 20 that read, through two writers: every event says the count that its predecessors make."""
    room = await open_class(core, 1)
    rival = Committer(
        core.database.client, core.events.epoch, LiveAnnouncer(core.hub, core.bus, core.revocations), core.metrics
    )
    telling = [await news_of(room) for _ in range(20)]
    async with background(rival.run()):
        await asyncio.gather(*(told(core, news, rival) for news in telling), *(read_all(core, room) for _ in range(20)))
    unread: set[str] = set()
    for name, payload in await heard(core, room.students[0]):
        if name == "notification.new":
            unread.add(payload["notificationId"])
        else:
            unread -= {one for one in unread if one <= payload["before"]}
        assert payload["unread"] == len(unread)
    assert len(unread) == await Notification.find({"user_id": room.students[0].id, "is_read": False}).count()
