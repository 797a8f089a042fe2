"""What people were told leaves the app: calmly, in their own day, and never what they did not want."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from beanie import PydanticObjectId

from models.deliveries import Delivery
from models.unit import Job
from schemas.deliveries import DeliveryState
from schemas.notifications import Cadence, Category, Channel, NotificationKind
from schemas.types import Locale, now
from server.app import Core
from services.notifications.planning import plan
from services.unit import Unit
from tests.harness.outside import (
    MailServer,
    address_of,
    at_once,
    choices,
    deliveries_of,
    mail_server,
    outside,
    somebody,
    soon,
    told,
)
from workers.queue import Queue
from workers.runner import Runner

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
async def smtp() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


async def test_the_first_mail_leaves_at_once_and_the_next_are_bundled(core: Core, smtp: MailServer):
    """One at noon; five of the quarter of an hour after it in one mail, whatever they are about; then at once again."""
    post, user = outside(core, smtp), await somebody(core)
    chosen = at_once(user)
    await chosen.insert()
    for minutes in (0, 1, 2, 5, 9, 14):
        await post.tell(soon(NOON, minutes), told(user, chosen, soon(NOON, minutes)))
        await post.run_until(soon(NOON, minutes), user)
    assert [mail["Subject"] for mail in smtp.to(address_of(user))] == ["Grace wrote in Maths"]
    await post.run_until(soon(NOON, 15), user)
    assert smtp.to(address_of(user))[1]["Subject"] == "5 messages"
    await post.tell(soon(NOON, 45), told(user, chosen, soon(NOON, 45)))
    await post.run_until(soon(NOON, 45), user)
    assert len(smtp.to(address_of(user))) == 3
    assert {one.state for one in await deliveries_of(user)} == {DeliveryState.SENT}


async def test_what_is_told_side_by_side_opens_one_window(core: Core, smtp: MailServer):
    """Two units that know nothing of each other: one mail now, the other at the end of the window."""
    post, user = outside(core, smtp), await somebody(core)
    chosen = at_once(user)
    await chosen.insert()
    first, second = told(user, chosen, NOON), told(user, chosen, NOON)
    units = [Unit(NOON), Unit(NOON + timedelta(milliseconds=1))]
    for unit, one in zip(units, (first, second), strict=True):
        unit.insert(one.notification)
        await plan(unit, [one])
    await core.committer.commit(units[0])
    await post.run_until(NOON, user)
    await core.committer.commit(units[1])
    await post.run_until(soon(NOON, 14), user)
    assert len(smtp.to(address_of(user))) == 1
    await post.run_until(soon(NOON, 15), user)
    assert len(smtp.to(address_of(user))) == 2


@pytest.mark.parametrize(
    ("zone", "at", "leaves"),
    [
        ("Europe/Paris", "2026-03-28T12:00+00:00", "2026-03-29T06:00+00:00"),
        ("Europe/Paris", "2026-03-27T12:00+00:00", "2026-03-28T07:00+00:00"),
        ("Europe/Paris", "2026-10-24T12:00+00:00", "2026-10-25T07:00+00:00"),
        ("America/New_York", "2026-03-07T20:00+00:00", "2026-03-08T12:00+00:00"),
        ("Asia/Kathmandu", "2026-03-07T02:14+00:00", "2026-03-07T02:15+00:00"),
        ("Asia/Kathmandu", "2026-03-07T02:15+00:00", "2026-03-08T02:15+00:00"),
    ],
)
async def test_the_daily_bundle_leaves_at_eight_by_the_persons_clock(
    core: Core, smtp: MailServer, zone: str, at: str, leaves: str
):
    """Also on the days on which clocks are changed; and nothing leaves before."""
    post, user, then = outside(core, smtp), await somebody(core, timezone=zone), datetime.fromisoformat(at)
    await post.tell(then, told(user, None, then), told(user, None, then))
    await post.run_until(datetime.fromisoformat(leaves) - timedelta(seconds=1), user)
    assert smtp.to(address_of(user)) == []
    await post.run_until(datetime.fromisoformat(leaves), user)
    [mail] = smtp.to(address_of(user))
    assert mail["Subject"] == "2 messages"


@pytest.mark.parametrize(
    ("kind", "due", "anyway", "leaves"),
    [
        (NotificationKind.MESSAGE_RECEIVED, "", True, "06:00"),
        (NotificationKind.DEADLINE_NEAR, "2026-03-29T05:30:00+00:00", True, "00:30"),
        (NotificationKind.DEADLINE_NEAR, "2026-03-29T05:30:00+00:00", False, "06:00"),
        (NotificationKind.DEADLINE_NEAR, "2026-03-29T22:00:00+00:00", True, "06:00"),
    ],
    ids=["ordinary", "too late afterwards", "not even then", "early enough"],
)
async def test_quiet_hours_hold_back_all_but_what_would_be_too_late(core: Core, kind, due, anyway, leaves):
    """From 22 to 8 in Paris, in the night in which an hour is left out."""
    user = await somebody(core, timezone="Europe/Paris")
    chosen = at_once(user, quiet_from=22 * 60, quiet_until=8 * 60, deadlines_anyway=anyway)
    at, unit = datetime(2026, 3, 29, 0, 30, tzinfo=UTC), Unit(datetime(2026, 3, 29, 0, 30, tzinfo=UTC))
    await plan(unit, [told(user, chosen, at, kind=kind, facts={"title": "Essay", "due": due})])
    [delivery] = [one for one in unit.inserts if isinstance(one, Delivery)]
    assert f"{delivery.due_at:%H:%M}" == leaves
    assert [job.at for job in unit.jobs] == [delivery.due_at]


async def test_quiet_hours_that_were_chosen_meanwhile_count(core: Core, smtp: MailServer):
    """What waited for the window meets the night: it leaves in the morning."""
    post, user = outside(core, smtp), await somebody(core)
    await post.tell(NOON, told(user, at_once(user), NOON))
    await at_once(user, quiet_from=11 * 60, quiet_until=13 * 60).insert()
    await post.run_until(soon(NOON, 59), user)
    assert smtp.to(address_of(user)) == []
    await post.run_until(soon(NOON, 60), user)
    assert len(smtp.to(address_of(user))) == 1


async def test_what_was_read_taken_back_or_switched_off_meanwhile_stays(core: Core, smtp: MailServer):
    """The bundle holds what is still worth reading, and each delivery says what became of it."""
    post, user = outside(core, smtp), await somebody(core)
    gone = f"announcement:{PydanticObjectId()}"
    items = [
        told(user, None, NOON, facts={"sender": "Grace", "thread": "Maths", "preview": "still new"}),
        told(user, None, NOON, read_at=NOON),
        told(user, None, NOON, subject=gone, kind=NotificationKind.ANNOUNCEMENT_POSTED),
        told(user, None, NOON, kind=NotificationKind.JOB_FINISHED),
    ]
    await post.tell(NOON, *items)
    await choices(user, cadences={Category.SYSTEM: {Channel.EMAIL: Cadence.NEVER}}).insert()
    await post.run_until(soon(NOON, 24 * 60), user)
    [mail] = smtp.to(address_of(user))
    assert "still new" in mail.get_body(("plain",)).get_content()
    assert "Title" not in mail.as_string()
    ends = {one.notification_id: (one.state.value, one.reason) for one in await deliveries_of(user)}
    assert [ends[one.notification.id] for one in items] == [
        ("sent", None),
        ("suppressed", "read"),
        ("suppressed", "withdrawn"),
        ("suppressed", "never"),
    ]


async def test_nothing_leaves_for_whoever_does_not_want_it_or_cannot_get_it(core: Core):
    """Never chosen, switched off, an address without proof, a muted course: no job, and a reason where one is due."""
    course = PydanticObjectId()
    off, unproved, muting = (
        await somebody(core, notification_preference=False),
        await somebody(core, email_verified_at=None),
        await somebody(core),
    )
    never = await somebody(core)
    unit = Unit(NOON)
    nothing = choices(never, cadences={one: {Channel.EMAIL: Cadence.NEVER} for one in Category})
    await plan(
        unit,
        [
            told(off, None, NOON),
            told(unproved, None, NOON),
            told(muting, choices(muting, muted_courses=(course,)), NOON, course_id=course),
            told(never, nothing, NOON),
        ],
    )
    assert [(one.user_id, one.reason) for one in unit.inserts] == [
        (off.id, "switched_off"),
        (unproved.id, "unverified"),
        (muting.id, "muted"),
    ]
    assert unit.jobs == []


async def test_a_worker_that_dies_after_sending_sends_the_same_mail_again(core: Core, smtp: MailServer):
    """Two mails under one Message-ID, which is the window of `at least once`; and one row that says it was sent."""
    post, user = outside(core, smtp), await somebody(core)
    await at_once(user).insert()
    at = now()
    await post.tell(at, told(user, at_once(user), at))
    leaving = await Job.find_one({"kind": "notifications.leave", "args.user_id": str(user.id)})
    await post.run(leaving, at)
    [row] = await deliveries_of(user)
    others = {"args.digest_id": {"$ne": str(row.digest_id)}}
    await Job.get_pymongo_collection().delete_many(others)
    [late] = (await Queue().claim(["mail.digest"], 1)).jobs
    expired = {"$set": {"lease_until": now().replace(year=2000)}}
    await Job.get_pymongo_collection().update_one({"_id": late.id}, expired)
    runner = Runner(core.committer, post.tools)
    again = await Queue().take_over(["mail.digest"])
    assert again.id == late.id
    await runner.serve(late)
    await runner.serve(again)
    assert len({mail["Message-ID"] for mail in smtp.to(address_of(user))}) == 1
    assert len(smtp.to(address_of(user))) == 2
    assert [one.state for one in await deliveries_of(user)] == [DeliveryState.SENT]


async def test_an_address_that_is_refused_is_not_tried_again(core: Core, smtp: MailServer):
    """5xx ends it with the server's words, without the address; 4xx is for the job to try again."""
    post, user, patient = outside(core, smtp), await somebody(core), await somebody(core)
    smtp.refuses.add(address_of(user))
    for one in (user, patient):
        await at_once(one).insert()
    await post.tell(NOON, told(user, at_once(user), NOON))
    await post.run_until(NOON, user)
    [dead] = await deliveries_of(user)
    assert (dead.state, dead.reason) == (DeliveryState.DEAD, "550 5.1.1 no such user")
    smtp.broken = True
    await post.tell(NOON, told(patient, at_once(patient), NOON))
    with pytest.raises(Exception, match="451"):
        await post.run_until(NOON, patient)
    smtp.broken = False
    [waiting] = await deliveries_of(patient)
    assert waiting.state is DeliveryState.CLAIMED
    await Job.get_pymongo_collection().update_one(
        {"args.digest_id": str(waiting.digest_id)}, {"$set": {"state": "ready"}}
    )
    await post.run_until(NOON, patient)
    assert len(smtp.to(address_of(patient))) == 1


async def test_a_bundle_collapses(core: Core, smtp: MailServer):
    """How many of what and of how many courses; the newest twenty, and how many more."""
    post, user = outside(core, smtp), await somebody(core, locale=Locale.FRENCH)
    courses = [PydanticObjectId(), PydanticObjectId()]
    many = [
        told(user, None, soon(NOON, i), kind=NotificationKind.DEADLINE_MISSED, course_id=courses[i % 2])
        for i in range(23)
    ]
    await post.tell(NOON, *many, told(user, None, soon(NOON, 50)))
    await post.run_until(soon(NOON, 24 * 60), user)
    [mail] = smtp.to(address_of(user))
    text = mail.get_body(("plain",)).get_content()
    assert mail["Subject"] == "23 échéances dans 2 cours, 1 message"
    assert text.index("Grace a écrit") < text.index("En retard")
    assert (text.count("* "), "et 4 de plus" in text) == (20, True)


PLANNED_FROM = {"deliveries", "digests", "push_subscriptions", "notifications", "notification_choices", "users"}


async def test_500_people_are_planned_in_two_queries(core: Core):
    """However many they are: who was mailed lately, and who has a browser."""
    users = [await somebody(core) for _ in range(500)]
    database, unit = core.database.database, Unit(NOON)
    await database.command("profile", 2)
    await plan(unit, [told(user, at_once(user), NOON) for user in users])
    await database.command("profile", 0)
    asked = [row["ns"].partition(".")[2] async for row in database["system.profile"].find({})]
    assert len(unit.inserts) == len(unit.jobs) == 500
    assert sorted(set(asked) & PLANNED_FROM) == ["digests", "push_subscriptions"]
    assert len([name for name in asked if name in PLANNED_FROM]) == 2
