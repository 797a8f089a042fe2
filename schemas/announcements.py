"""Announcements on the wire."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AwareDatetime, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from schemas.accounts import PersonOut
from schemas.page import PageQuery
from schemas.types import AnnouncementStatus, Id, In, Line, LongText, Out, OutId, TimeZone


class AnnouncementAudience(StrEnum):
    """Everyone in one course, or everyone who is signed in."""

    COURSE = "course"
    SCHOOL = "school"


class Planned(In):
    """When an announcement appears and disappears.

    A time with an offset is an instant. One without is what a clock on the wall shows in `timezone`, or in the author's
    own zone: a time that the change to summer time skips counts as the one after it, of one that comes twice the first.
    """

    status: AnnouncementStatus | None = None
    scheduled_at: datetime | None = None
    expires_at: datetime | None = None
    timezone: TimeZone | None = None
    notify: bool | None = None


class AnnouncementIn(Planned):
    """A new announcement to everyone in a course, or with the audience `school` to everyone.

    It is posted at once, unless `status` says `draft`, or a `scheduledAt` says when; one in the past means now. People
    are notified when it is posted, unless `notify` says no.
    """

    course_id: Id | None = None
    audience: AnnouncementAudience | None = None
    title: Line
    content: LongText

    @model_validator(mode="after")
    def _one_audience(self) -> AnnouncementIn:
        _check_audience(self.course_id, self.audience)
        return self


class AnnouncementChangeIn(Planned):
    """What to change; what is left out stays, and `expiresAt: null` takes the end away.

    A draft or what is scheduled is posted with the status `posted`. People are notified of a change to what is posted
    only with `notify: true`.
    """

    title: Line | None = None
    content: LongText | None = None


STATUSES: Final = ", ".join(AnnouncementStatus)


class AnnouncementsQuery(PageQuery):
    """The feed of one course, or with the audience `school` that of the school, newest first.

    `status` is a list with commas. Whatever is not posted is for those who could post it.
    """

    course_id: Id | None = None
    audience: AnnouncementAudience | None = None
    status: Annotated[str, Field(max_length=100)] | None = None

    @field_validator("status")
    @classmethod
    def _are_known(cls, value: str | None) -> str | None:
        if value is not None and not set(value.split(",")) <= set(AnnouncementStatus):
            raise PydanticCustomError("unknown_status", f"Each of the list is one of {STATUSES}.")
        return value

    @model_validator(mode="after")
    def _one_audience(self) -> AnnouncementsQuery:
        _check_audience(self.course_id, self.audience)
        return self

    @property
    def asked(self) -> frozenset[AnnouncementStatus]:
        """The states to list; what is posted where none is named."""
        return frozenset(AnnouncementStatus(name) for name in (self.status or AnnouncementStatus.POSTED).split(","))


def _check_audience(course_id: str | None, audience: AnnouncementAudience | None) -> None:
    if (course_id is None) != (audience is AnnouncementAudience.SCHOOL):
        raise PydanticCustomError("exactly_one", "Give a courseId, or the audience school.")


class SeenOut(Out):
    """How many have read it, of how many whom it is for; its author is none of them."""

    seen: int
    of: int


class AnnouncementOut(Out):
    """An announcement as its readers see it. `seenBy` is for those who could post it, `read` is about the caller."""

    announcement_id: OutId
    course_id: OutId | None
    audience: AnnouncementAudience
    title: str
    content: str
    author_id: OutId
    author: PersonOut | None
    status: AnnouncementStatus
    posted_at: AwareDatetime | None
    edited_at: AwareDatetime | None
    scheduled_at: AwareDatetime | None
    expires_at: AwareDatetime | None
    timezone: str | None
    updated_at: AwareDatetime
    version: int
    read: bool
    seen_by: SeenOut | None


class ReadOut(Out):
    """The receipt; the counts are for those who could post the announcement."""

    announcement_id: OutId
    read: bool
    seen: int | None
    of: int | None
