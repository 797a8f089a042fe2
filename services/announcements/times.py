"""When an announcement appears and disappears: instants, and the clocks on the wall that they were read from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from models.accounts import User
from models.announcements import Announcement
from schemas.announcements import Planned
from schemas.envelope import FieldError
from schemas.types import AnnouncementStatus, to_milliseconds
from services.errors import InvalidInput
from services.scopes import Scope

FURTHEST: Final = timedelta(days=3660)
"""Ten years: what lies behind is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, and the time on the wall that it was given as, if it was."""

    at: datetime
    wall: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of an announcement, and when."""

    status: AnnouncementStatus
    start: Moment | None
    end: Moment | None
    timezone: str | None

    @property
    def fields(self) -> dict[str, object]:
        """As the document keeps it."""
        return {
            "status": self.status,
            "scheduled_at": self.start and self.start.at,
            "scheduled_wall": self.start and self.start.wall,
            "expires_at": self.end and self.end.at,
            "expires_wall": self.end and self.end.wall,
            "timezone": self.timezone,
        }


def instant_of(wall: str, zone: str) -> datetime:
    """The instant at which a clock in the zone shows this.

    Of a time that the clocks skip it is as far behind the gap as that was in it; of one that comes twice the first.
    """
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def start_now(post: Announcement) -> datetime | None:
    """When it is to be posted, by the rules of its zone as they are now."""
    return _now(post.scheduled_at, post.scheduled_wall, post.timezone)


def end_now(post: Announcement) -> datetime | None:
    """When it expires, by the rules of its zone as they are now."""
    return _now(post.expires_at, post.expires_wall, post.timezone)


def _now(at: datetime | None, wall: str | None, zone: str | None) -> datetime | None:
    return instant_of(wall, zone) if wall and zone else at


async def plan(scope: Scope, asked: Planned, wanted: AnnouncementStatus, post: Announcement | None = None) -> Plan:
    """What the call asks for, over what the announcement has; a beginning that is past means now."""
    zone = asked.timezone or (post.timezone if post else None) or await _zone_of_caller(scope)
    start, end = _start(scope, asked, wanted, post, zone), _end(scope, asked, post, zone)
    if start is not None and start.at <= scope.at:
        wanted, start = AnnouncementStatus.POSTED, None
    is_new = post is None or wanted is not post.status or wanted is AnnouncementStatus.SCHEDULED
    is_asked = "expires_at" in asked.model_fields_set or is_new
    if end is not None and is_asked and end.at <= (start.at if start else scope.at):
        raise _wrong("expiresAt", "not_after", "It must lie after the moment of posting.")
    if post is not None and post.status is AnnouncementStatus.POSTED and post.scheduled_at is not None:
        start = Moment(post.scheduled_at, post.scheduled_wall)  # that is how it was
    has_wall = any(moment is not None and moment.wall for moment in (start, end))
    return Plan(wanted, start, end, zone if has_wall else asked.timezone or (post.timezone if post else None))


def _start(
    scope: Scope, asked: Planned, wanted: AnnouncementStatus, post: Announcement | None, zone: str
) -> Moment | None:
    if wanted is not AnnouncementStatus.SCHEDULED:
        if asked.scheduled_at is not None:
            raise _wrong("scheduledAt", "only_scheduled", "Only what has the status scheduled has such a time.")
        return None
    if asked.scheduled_at is not None:
        return _moment(scope, asked.scheduled_at, zone, "scheduledAt")
    if post is None or post.scheduled_at is None:
        raise _wrong("scheduledAt", "missing", "Say when it shall be posted.")
    return _kept(scope, post.scheduled_at, post.scheduled_wall, zone, "scheduledAt")


def _end(scope: Scope, asked: Planned, post: Announcement | None, zone: str) -> Moment | None:
    if asked.expires_at is not None:
        return _moment(scope, asked.expires_at, zone, "expiresAt")
    if "expires_at" in asked.model_fields_set or post is None or post.expires_at is None:
        return None
    return _kept(scope, post.expires_at, post.expires_wall, zone, "expiresAt")


def _kept(scope: Scope, at: datetime, wall: str | None, zone: str, path: str) -> Moment:
    """What was set before; a time on the wall is read anew, in case that the zone is another one."""
    return _moment(scope, datetime.fromisoformat(wall), zone, path) if wall else Moment(at)


def _moment(scope: Scope, given: datetime, zone: str, path: str) -> Moment:
    try:
        if given.tzinfo is not None:
            moment = Moment(to_milliseconds(given.astimezone(UTC)))
        else:
            wall = to_milliseconds(given).isoformat()
            moment = Moment(instant_of(wall, zone), wall)
    except OverflowError:
        raise _wrong(path, "too_far", "It lies outside of what can be counted.") from None
    if moment.at > scope.at + FURTHEST:
        raise _wrong(path, "too_far", "It lies more than ten years ahead.")
    return moment


def _wrong(path: str, code: str, message: str) -> InvalidInput:
    return InvalidInput(fields=[FieldError(path=path, code=code, message=message)])


async def _zone_of_caller(scope: Scope) -> str:
    caller = await User.get(scope.actor.object_id)
    return caller.timezone if caller else "UTC"
