"""Announcements whose time has come: posted, and taken down again, each once.

A job is due by the database's clock, and that of the worker counts for nothing here. The job is for one version of the
announcement, and the unit that ends the job is guarded by that version: whoever changes the announcement, and whoever
is second, changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from beanie import PydanticObjectId

from models.accounts import User
from models.announcements import Announcement
from models.courses import Course
from models.delivery import SchoolMeta
from schemas.jobs import AnnouncementArgs
from schemas.types import AnnouncementStatus
from services.announcements.telling import SCHOOL, set_alarms, subject_of, tell_expired, tell_posted
from services.announcements.times import end_now, start_now
from services.unit import Unit
from workers.work import Work


async def post(args: AnnouncementArgs, work: Work) -> None:
    """Make a scheduled announcement visible and tell of it, in one step, in its author's name.

    It goes back to the drafts if its author has no account any more that could post it.
    """
    planned = await _found(args, AnnouncementStatus.SCHEDULED)
    place = await _place_of(planned) if planned else None
    if planned is None or place is None or _moved(work.unit, planned, "scheduled_at", start_now(planned)):
        return
    author = await User.get(planned.author_id)
    if author is None or not author.is_active:
        work.unit.change(planned, status=AnnouncementStatus.DRAFT, scheduled_at=None, scheduled_wall=None)
        return
    work.unit.author = replace(work.unit.author, user_id=str(author.id))
    if planned.expires_at is not None and planned.expires_at <= await _database_time(work.unit):
        _end(work.unit, planned)
        return
    work.unit.change(planned, status=AnnouncementStatus.POSTED, posted_at=planned.scheduled_at)
    tell_posted(work.unit, planned, place)
    set_alarms(work.unit, planned)
    work.unit.audit("announcement.posted", subject_of(planned))


async def expire(args: AnnouncementArgs, work: Work) -> None:
    """Take an announcement down whose time is over, and tell those who see it."""
    posted = await _found(args, AnnouncementStatus.POSTED)
    if posted is not None and not _moved(work.unit, posted, "expires_at", end_now(posted)):
        _end(work.unit, posted)
        tell_expired(work.unit, posted)


async def _found(args: AnnouncementArgs, status: AnnouncementStatus) -> Announcement | None:
    """The announcement, if it is as it was when the job was made."""
    found = await Announcement.get(PydanticObjectId(args.announcement_id))
    return found if found is not None and (found.status, found.version) == (status, args.version) else None


async def _place_of(planned: Announcement) -> str | None:
    """What its course is called; None where there is no such course any more."""
    if planned.course_id is None:
        return SCHOOL
    course = await Course.get(planned.course_id)
    return course.title if course is not None and course.deleted_at is None else None


def _moved(unit: Unit, found: Announcement, field: str, by_the_rules: datetime | None) -> bool:
    """Whether the clock on the wall shows the time later than was thought when it was set; then wait for that."""
    if by_the_rules is None or by_the_rules <= getattr(found, field):
        return False
    unit.change(found, **{field: by_the_rules})
    set_alarms(unit, found)
    return True


def _end(unit: Unit, found: Announcement) -> None:
    unit.change(found, status=AnnouncementStatus.EXPIRED)
    unit.audit("announcement.expired", subject_of(found))


async def _database_time(unit: Unit) -> datetime:
    row = await SchoolMeta.get_pymongo_collection().find_one({}, {"now": "$$NOW"})
    return row["now"] if row else unit.at
