"""What leaves the app: who gets a mail, a push or a text message of what they were told, and when.

The first mail to somebody leaves at once; what comes within 15 minutes after a mail goes into the next one, whatever
it is about. What is bundled by choice leaves at 8 in the person's morning.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from beanie import PydanticObjectId

from models.accounts import User
from models.deliveries import WINDOW_S, Delivery, Digest
from models.notifications import Notification, NotificationChoices
from models.push import PushSubscription
from schemas.deliveries import DeliveryState
from schemas.jobs import LeaveArgs
from schemas.notifications import Cadence, Channel
from services.notifications.rules import OUTSIDE, way
from services.notifications.timing import BUNDLE_MINUTE, awake_at, breaks_quiet, next_at, zone_of
from services.unit import Unit

SOON: Final = timedelta(minutes=2)
"""Longer than it takes until a plan is committed: what is due sooner has a job of its own."""


@dataclass(frozen=True, slots=True)
class Told:
    """One new notification, whose it is, and what they have chosen."""

    notification: Notification
    user: User
    choices: NotificationChoices | None


async def plan(unit: Unit, told: Sequence[Told]) -> None:
    """Put into the unit that tells them in the app what else goes out; at most 500, in few queries."""
    people = {one.user.id for one in told}
    free, browsers = await mail_windows(people, unit.at), await _with_browsers(people)
    for one in told:
        for channel in OUTSIDE:
            if channel is Channel.PUSH and one.user.id not in browsers:
                continue
            _plan(unit, one, channel, free.get(one.user.id, unit.at))


def _plan(unit: Unit, one: Told, channel: Channel, free: datetime) -> None:
    how, reason = way(one.user, one.choices, one.notification, channel)
    if how is Cadence.NEVER:
        return
    delivery = Delivery(
        id=PydanticObjectId(),
        notification_id=one.notification.id,
        user_id=one.user.id,
        channel=channel,
        cadence=how,
        state=DeliveryState.SUPPRESSED if reason else DeliveryState.QUEUED,
        due_at=_due(unit.at, one, channel, how, free),
        reason=reason,
        created_at=unit.at,
    )
    unit.insert(delivery)
    if reason is None:
        let_leave(unit, delivery, delivery.due_at)


def _due(at: datetime, one: Told, channel: Channel, how: Cadence, free: datetime) -> datetime:
    zone = zone_of(one.user)
    if how is Cadence.DIGEST:
        at = next_at(BUNDLE_MINUTE, at, zone)
    elif channel is Channel.EMAIL:
        at = max(at, free)
    awake = awake_at(at, one.choices, zone)
    return at if breaks_quiet(one.notification, one.choices, awake) else awake


def let_leave(unit: Unit, delivery: Delivery, due_at: datetime) -> None:
    """Have it leave with what else is due then: one job for a person, a channel and an instant."""
    user_id, channel = delivery.user_id, delivery.channel
    key = f"leave:{channel}:{user_id}:{due_at.timestamp():.3f}"
    if due_at < unit.at + SOON:  # the job of that key may have run before this commits
        key += f":{delivery.id}:{unit.at.timestamp():.3f}"
    unit.enqueue(
        "notifications.leave", LeaveArgs(user_id=str(user_id), channel=channel, due_at=due_at), at=due_at, key=key
    )


async def mail_windows(people: Collection[PydanticObjectId], at: datetime) -> Mapping[PydanticObjectId, datetime]:
    """From when each of them may get the next mail; those who may get one now are not in it."""
    window = timedelta(seconds=WINDOW_S)
    where = {"user_id": {"$in": list(people)}, "channel": Channel.EMAIL.value, "window_start": {"$gt": at - window}}
    found: dict[PydanticObjectId, datetime] = {}
    async for row in Digest.get_pymongo_collection().find(where, {"user_id": 1, "window_start": 1}):
        found[row["user_id"]] = max(row["window_start"] + window, found.get(row["user_id"], at))
    return found


async def _with_browsers(people: Collection[PydanticObjectId]) -> Collection[PydanticObjectId]:
    where = {"user_id": {"$in": list(people)}}
    return {row["user_id"] async for row in PushSubscription.get_pymongo_collection().find(where, {"user_id": 1})}
