"""When something may leave: quiet hours and the daily bundle, by the clock of the person."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from models.accounts import User
from models.notifications import Notification, NotificationChoices
from services.notifications.kinds import SPEC_OF_KIND

BUNDLE_MINUTE: Final = 8 * 60
"""When the daily bundle leaves, in minutes of the person's day."""


def zone_of(user: User) -> ZoneInfo:
    return ZoneInfo(user.timezone)


def next_at(minute: int, after: datetime, zone: ZoneInfo) -> datetime:
    """When a clock of the zone next shows this minute of the day, later than `after`.

    A minute that is left out when clocks go forward comes as much later; of one that comes twice the first counts, or
    the second where the first is over.
    """
    today = after.astimezone(zone).date()
    shown = time(minute // 60, minute % 60)
    instants = (
        datetime.combine(today + timedelta(days=days), shown.replace(fold=fold), zone).astimezone(after.tzinfo)
        for days in (0, 1)
        for fold in (0, 1)
    )
    return min(instant for instant in instants if instant > after)


def awake_at(at: datetime, choices: NotificationChoices | None, zone: ZoneInfo) -> datetime:
    """The end of the quiet hours in which `at` lies; `at` itself where it lies in none."""
    if choices is None or choices.quiet_from is None or choices.quiet_until is None:
        return at
    local = at.astimezone(zone)
    minute, start, end = local.hour * 60 + local.minute, choices.quiet_from, choices.quiet_until
    is_quiet = start <= minute < end if start < end else (minute >= start or minute < end) and start != end
    return next_at(end, at, zone) if is_quiet else at


def breaks_quiet(notification: Notification, choices: NotificationChoices | None, awake: datetime) -> bool:
    """Whether it is let through because it would be of no use when the quiet hours end.

    What is urgent says in its facts when it is due (`due_at`, or `due`, as an instant); where none does, it may well
    be too late.
    """
    if not SPEC_OF_KIND[notification.kind].urgent or (choices is not None and not choices.deadlines_anyway):
        return False
    due = _instant(notification.facts.get("due_at") or notification.facts.get("due", ""))
    return due is None or due <= awake


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
