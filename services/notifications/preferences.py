"""How somebody wants to be told: by category and way, with courses that are mute and hours that are quiet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from beanie import PydanticObjectId

from models.courses import Course
from models.enrollments import Enrollment
from models.notifications import NotificationChoices
from schemas.envelope import FieldError
from schemas.notifications import (
    Cadence,
    Category,
    Channel,
    LockedOut,
    NotificationPreferencesIn,
    NotificationPreferencesOut,
    QuietHoursIn,
    QuietHoursOut,
)
from schemas.types import SEATED, ScopeType
from services.accounts.roles import held_in
from services.errors import InvalidInput, NotificationLocked
from services.notifications.kinds import LOCKED, cadence
from services.notifications.scopes import ChoicesScope
from services.permissions import Permission

NO_DIGEST: Final = "In the app something is shown at once or never."
LOCKED_CELL: Final = "This always reaches you in this way."
NOT_IN_COURSE: Final = "You are not in this course."


async def read_preferences(scope: ChoicesScope) -> NotificationPreferencesOut:
    """Everything that can be chosen, as it counts now."""
    scope.require(Permission.NOTIFICATION_READ)
    return _render(scope)


async def update_preferences(scope: ChoicesScope, change: NotificationPreferencesIn) -> NotificationPreferencesOut:
    """Change what is given and differs, all of it or nothing."""
    scope.require(Permission.NOTIFICATION_UPDATE)
    chosen = {**_given_cadences(scope.choices, change), **await _given_rest(scope, change)}
    changed = {name: value for name, value in chosen.items() if getattr(scope.choices, name) != value}
    account = _given_account(scope, change)
    if account:
        scope.unit.change(scope.user, **account)
        scope.unit.audit("user.updated", f"user:{scope.user.id}", fields=", ".join(sorted(account)))
        scope.unit.touch(f"user:{scope.user.id}")
    if changed or account:
        _store(scope, changed)
    return _render(scope)


def _store(scope: ChoicesScope, changed: dict[str, object]) -> None:
    """The version counts whatever this call changes, so that If-Match covers all that it shows."""
    choices = scope.choices
    if choices.version:
        scope.unit.change(choices, **changed)
    else:
        for name, value in changed.items():
            setattr(choices, name, value)
        choices.version = 1
        scope.unit.insert(choices)
    fields = ", ".join(sorted(changed))
    scope.unit.audit("notification_preferences.updated", f"user:{scope.user.id}", fields=fields)


def _given_cadences(choices: NotificationChoices, change: NotificationPreferencesIn) -> dict[str, object]:
    """The cells that are given over those that were chosen before; a locked one must be given as it is."""
    if change.cadences is None:
        return {}
    cells = {
        (category, channel): chosen for category, row in change.cadences.items() for channel, chosen in row.items()
    }
    locked = [cell for cell, chosen in cells.items() if cell in LOCKED and chosen is not cadence(None, *cell)]
    if locked:
        raise NotificationLocked(fields=[_wrong(cell, "notification_locked", LOCKED_CELL) for cell in locked])
    bundled = [cell for cell, chosen in cells.items() if cell[1] is Channel.IN_APP and chosen is Cadence.DIGEST]
    if bundled:
        raise InvalidInput(fields=[_wrong(cell, "no_digest", NO_DIGEST) for cell in bundled])
    kept = {category: dict(row) for category, row in choices.cadences.items()}
    for (category, channel), chosen in cells.items():
        if (category, channel) not in LOCKED and chosen is not cadence(choices, category, channel):
            kept.setdefault(category, {})[channel] = chosen
    return {"cadences": kept}


def _wrong(cell: tuple[Category, Channel], code: str, message: str) -> FieldError:
    return FieldError(path=f"cadences.{cell[0]}.{cell[1]}", code=code, message=message)


async def _given_rest(scope: ChoicesScope, change: NotificationPreferencesIn) -> dict[str, object]:
    given: dict[str, object] = {}
    if change.muted_courses is not None:
        given["muted_courses"] = await _muted(scope, change.muted_courses)
    if "quiet_hours" in change.model_fields_set:
        given |= _minutes(change.quiet_hours)
    if change.deadlines_anyway is not None:
        given["deadlines_anyway"] = change.deadlines_anyway
    return given


async def _muted(scope: ChoicesScope, asked: Sequence[str]) -> tuple[PydanticObjectId, ...]:
    """Courses that the caller is in; one that was mute before may stay."""
    wanted = [PydanticObjectId(one) for one in dict.fromkeys(asked)]
    new = [one for one in wanted if one not in scope.choices.muted_courses]
    known = await _courses_of(scope, new)
    strange = [
        FieldError(path=f"mutedCourses.{asked.index(str(one))}", code="not_in_course", message=NOT_IN_COURSE)
        for one in new
        if one not in known
    ]
    if strange:
        raise InvalidInput(fields=strange)
    return tuple(sorted(wanted))


async def _courses_of(scope: ChoicesScope, among: Sequence[PydanticObjectId]) -> set[PydanticObjectId]:
    """Those of these courses in which the caller sits, which they teach, or in which they hold a role."""
    if not among:
        return set()
    own = {"user_id": scope.user.id, "course_id": {"$in": among}, "state": {"$in": sorted(SEATED)}}
    seats = {row.course_id for row in await Enrollment.find(own).to_list()}
    held = {one for one, here in (await held_in(scope.user.id, ScopeType.COURSE, scope.at)).items() if here.roles}
    near = {"$or": [{"instructor_id": scope.user.id}, {"_id": {"$in": sorted(seats | held)}}]}
    return {course.id for course in await Course.find({"_id": {"$in": among}, "deleted_at": None, **near}).to_list()}


def _minutes(hours: QuietHoursIn | None) -> dict[str, object]:
    return {
        "quiet_from": _minute(hours.from_) if hours else None,
        "quiet_until": _minute(hours.until) if hours else None,
    }


def _minute(clock: str) -> int:
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _given_account(scope: ChoicesScope, change: NotificationPreferencesIn) -> dict[str, object]:
    """What stands in the account itself, where it differs."""
    given = {"timezone": change.timezone, "notification_preference": change.enabled}
    return {name: value for name, value in given.items() if value is not None and getattr(scope.user, name) != value}


def _render(scope: ChoicesScope) -> NotificationPreferencesOut:
    choices = scope.choices
    quiet = None
    if choices.quiet_from is not None and choices.quiet_until is not None:
        quiet = QuietHoursOut(from_=_clock(choices.quiet_from), until=_clock(choices.quiet_until))
    return NotificationPreferencesOut(
        cadences={one.value: {way.value: cadence(choices, one, way) for way in Channel} for one in Category},
        locked=list(_locked()),
        muted_courses=choices.muted_courses,
        quiet_hours=quiet,
        deadlines_anyway=choices.deadlines_anyway,
        timezone=scope.user.timezone,
        enabled=scope.user.notification_preference,
    )


def _locked() -> Iterator[LockedOut]:
    for category in Category:
        yield from (LockedOut(category=category, channel=way) for way in Channel if (category, way) in LOCKED)
