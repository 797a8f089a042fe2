"""The committer: all of a unit or nothing, many units together, numbers without holes."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from uuid import uuid4

import pytest
from beanie import PydanticObjectId

from models.announcements import Announcement
from models.delivery import StoredEvent, StreamHead
from models.unit import AuditRecord, IdempotencyRecord
from realtime.announce import LiveAnnouncer
from schemas.events.announcements import AnnouncementPosted, AnnouncementWithdrawn
from schemas.types import now
from server.app import Core, background
from services.committer import AlreadyAnsweredError, Committer, StaleUnitError
from services.errors import Conflict
from services.unit import Author, Unit


def unit(mutation: str | None = None) -> Unit:
    return Unit(now(), Author(user_id="0" * 24, mutation=mutation))


def post(course: str | None = None, title: str = "T") -> Announcement:
    course_id = PydanticObjectId(course) if course else PydanticObjectId()
    return Announcement(
        created_at=now(),
        updated_at=now(),
        posted_at=now(),
        course_id=course_id,
        author_id=course_id,
        title=title,
        content="C",
    )


def posted(announcement: Announcement) -> AnnouncementPosted:
    return AnnouncementPosted(
        announcement_id=str(announcement.id),
        course_id=str(announcement.course_id),
        title=announcement.title,
        content="C",
        author_id="0" * 24,
        posted_at=announcement.posted_at,
        expires_at=None,
    )


async def numbers(core: Core, course: PydanticObjectId) -> list[int]:
    return [event.seq for event in await core.events.after(f"announcements/course:{course}", 0, 1000)]


async def outcomes(core: Core, units: Iterable[Unit]) -> list[object]:
    return await asyncio.gather(*(core.committer.commit(each) for each in units), return_exceptions=True)


async def test_a_change_and_its_event_are_stored_together(core: Core):
    """The object, the event with its number, and the audit row appear at once."""
    announcement, written = post(), unit()
    written.insert(announcement)
    written.emit(posted(announcement), object_version=1)
    written.audit("test.done", f"announcement:{announcement.id}")
    committed = await core.committer.commit(written)

    assert [event.seq for event in committed.events] == [1]
    assert await Announcement.get(announcement.id)
    assert await numbers(core, announcement.course_id) == [1]
    assert (await AuditRecord.find_one({"subject": f"announcement:{announcement.id}"})).action == "test.done"


async def test_a_unit_whose_first_guard_fails_leaves_the_others_alone(core: Core):
    """It is stale, nothing of it is written, and its neighbours commit without a gap between their numbers."""
    course = str(PydanticObjectId())
    good, bad, late = post(course), post(course), post(course)
    units = [unit() for _ in range(3)]
    for written, announcement in zip(units, (good, bad, late), strict=True):
        written.insert(announcement)
        written.emit(posted(announcement))
    units[1].update(Announcement, {"_id": PydanticObjectId()}, {"$set": {"title": "X"}})
    results = await outcomes(core, units)

    assert isinstance(results[1], StaleUnitError)
    assert await Announcement.get(bad.id) is None
    assert await numbers(core, good.course_id) == [1, 2]


async def test_a_unit_torn_by_a_later_guard_is_undone_whole(core: Core):
    """Its first update is rolled back, and the batch is committed without it."""
    existing, other, first = post(), post(), unit()
    first.insert(existing)
    await core.committer.commit(first)
    torn, fine = unit(), unit()
    torn.change(existing, title="Changed")
    torn.update(Announcement, {"_id": PydanticObjectId()}, {"$set": {"title": "X"}})
    fine.insert(other)
    results = await outcomes(core, [torn, fine])

    assert isinstance(results[0], StaleUnitError)
    assert (await Announcement.get(existing.id)).title == "T"
    assert await Announcement.get(other.id)


async def test_a_value_that_must_be_unique_makes_the_later_unit_stale(core: Core):
    """Two units with the same id: one is stored, the other reads again."""
    first = post(title="First")
    second = first.model_copy(update={"title": "Second"})
    units = [unit(), unit()]
    units[0].insert(first)
    units[1].insert(second)
    results = await outcomes(core, units)

    assert [isinstance(result, StaleUnitError) for result in results] == [False, True]
    assert (await Announcement.get(first.id)).title == "First"


async def test_copies_of_one_request_in_one_batch_have_one_effect(core: Core):
    """The second copy gets the first one's answer, although both were under way at once."""
    key, announcements = uuid4().hex, [post(), post()]
    units = [unit(), unit()]
    for written, announcement in zip(units, announcements, strict=True):
        written.insert(announcement)
        written.answer = IdempotencyRecord(id=key, fingerprint="f", status=201, answer=b"first", at=now())
    results = await outcomes(core, units)

    assert isinstance(results[1], AlreadyAnsweredError)
    assert results[1].record.answer == b"first"
    assert await Announcement.get(announcements[1].id) is None


async def test_what_is_taken_back_in_the_same_batch_is_stored_empty(core: Core):
    """A withdrawal beside its own announcement leaves no words in the log."""
    announcement, first, second = post(title="Secret"), unit(), unit()
    first.emit(posted(announcement))
    second.redact(f"announcement:{announcement.id}")
    gone = AnnouncementWithdrawn(announcement_id=str(announcement.id), course_id=str(announcement.course_id))
    second.emit(gone)
    await outcomes(core, [first, second])

    rows = await StoredEvent.find({"subject": f"announcement:{announcement.id}"}).sort("_id").to_list()
    assert [row.payload.get("_redacted", False) for row in rows] == [True, False]
    assert "Secret" not in str(rows)


async def test_two_committers_share_a_stream_without_holes_and_without_repeats(core: Core):
    """300 units through two writers at once: 1 to 300, each once."""
    course = str(PydanticObjectId())
    rival = Committer(
        core.database.client, core.events.epoch, LiveAnnouncer(core.hub, core.bus, core.revocations), core.metrics
    )
    async with background(rival.run()):

        async def write(n: int) -> None:
            written, announcement = unit(), post(course)
            written.insert(announcement)
            written.emit(posted(announcement))
            await (rival if n % 2 else core.committer).commit(written)

        await asyncio.gather(*(write(n) for n in range(300)))
    assert await numbers(core, PydanticObjectId(course)) == list(range(1, 301))


async def test_units_of_many_streams_share_them_without_holes(core: Core):
    """Two writers, each with units that tell the same forty new streams in orders of their own: 1 to 20 in each."""
    courses = [str(PydanticObjectId()) for _ in range(40)]
    rival = Committer(
        core.database.client, core.events.epoch, LiveAnnouncer(core.hub, core.bus, core.revocations), core.metrics
    )

    async def write(n: int) -> None:
        written = unit()
        for course in random.Random(n).sample(courses, len(courses)):
            written.emit(posted(post(course)))
        await (rival if n % 2 else core.committer).commit(written)

    async with background(rival.run()):
        await asyncio.gather(*(write(n) for n in range(20)))
    assert [await numbers(core, PydanticObjectId(course)) for course in courses] == [list(range(1, 21))] * 40
    heads = await StreamHead.find({"_id": {"$in": [f"announcements/course:{course}" for course in courses]}}).to_list()
    assert {head.seq for head in heads} == {20}


async def test_inside_work_runs_in_the_transaction_and_may_refuse(core: Core):
    """What it raises reaches the caller, nothing is written, and the committer goes on."""
    refused, announcement = unit(), post()
    refused.insert(announcement)

    async def refuse(_: object) -> None:
        raise Conflict

    refused.inside(refuse)
    with pytest.raises(Conflict):
        await core.committer.commit(refused)
    assert await Announcement.get(announcement.id) is None
    fine = unit()
    fine.insert(announcement)
    await core.committer.commit(fine)


async def test_what_inside_work_answers_commits_with_its_unit(core: Core):
    """Both or neither, and what is left of the unit says what it was before."""
    written, more, announcements = unit(), unit(), [post(), post()]
    written.insert(announcements[0])
    more.insert(announcements[1])
    more.touch("courses")

    async def find_more(_: object) -> Unit:
        return more

    written.inside(find_more)
    assert (await core.committer.commit(written)).touched == {"courses"}
    assert [(await Announcement.get(one.id)).id for one in announcements] == [one.id for one in announcements]
    assert len(written.inserts) == 1


async def test_a_unit_that_cannot_be_encoded_fails_alone(core: Core):
    """A mistake in one call neither stops its neighbours nor the committer."""
    broken, fine, announcement = unit(), unit(), post()
    broken.update(Announcement, {"_id": announcement.id}, {"$set": {"title": object()}})
    fine.insert(announcement)
    results = await outcomes(core, [broken, fine])

    assert isinstance(results[0], Exception)
    assert await Announcement.get(announcement.id)


async def test_a_large_unit_commits_alone_and_whole(core: Core):
    """More than 200 writes: all of them, with numbers in a row."""
    course, written = str(PydanticObjectId()), unit()
    for announcement in (post(course) for _ in range(250)):
        written.insert(announcement)
        written.emit(posted(announcement))
    await asyncio.gather(core.committer.commit(written), core.committer.commit(unit()))
    assert await numbers(core, PydanticObjectId(course)) == list(range(1, 251))
