"""What is due to somebody becomes one message: looked at once more, put off, dropped, or bundled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from beanie import PydanticObjectId

from models.accounts import User
from models.announcements import Announcement
from models.deliveries import WINDOW_S, Delivery, Digest
from models.notifications import Notification, NotificationChoices
from schemas.deliveries import DeliveryState
from schemas.jobs import DigestArgs
from schemas.notifications import Channel
from schemas.types import AnnouncementStatus
from services.notifications.planning import let_leave, mail_windows
from services.notifications.rules import way
from services.notifications.timing import awake_at, breaks_quiet, zone_of
from services.unit import Unit

AT_MOST: Final = 200
ANNOUNCEMENT: Final = "announcement:"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery with its notification, and what by now stands against it."""

    delivery: Delivery
    notification: Notification | None
    objection: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """Whom things are due to, and what they have chosen by now."""

    user: User
    choices: NotificationChoices | None


async def gather(unit: Unit, user_id: PydanticObjectId, channel: Channel, due_at: datetime) -> None:
    """Put what is due into one message, unless it may not leave yet, or not any more."""
    at = max(unit.at, due_at)  # the job came when the database's clock said so
    mine = Delivery.find({"user_id": user_id, "channel": channel, "state": DeliveryState.QUEUED})
    due = await mine.find({"due_at": {"$lte": at}}).sort("due_at", "_id").limit(AT_MOST).to_list()
    person = await person_of(user_id) if due else None
    if person is None:
        return
    going: list[Waiting] = []
    for one in await looked_at(person, due):
        if one.objection is not None:
            settle(unit, one.delivery, DeliveryState.SUPPRESSED, one.objection)
        elif not _put_off(unit, person, one, at):
            going.append(one)
    free = (await mail_windows([user_id], at)).get(user_id, at) if channel is Channel.EMAIL else at
    if free > at:
        for one in going:
            _wait(unit, one.delivery, free)
    elif going:
        _bundle(unit, going, channel, at)
        if len(due) == AT_MOST:
            let_leave(unit, due[-1], at + timedelta(seconds=WINDOW_S))


async def person_of(user_id: PydanticObjectId) -> Person | None:
    user = await User.get(user_id)
    return Person(user, await NotificationChoices.get(user_id)) if user else None


async def looked_at(person: Person, deliveries: Sequence[Delivery]) -> list[Waiting]:
    """Each with its notification and what speaks against it now: read meanwhile, taken back, chosen otherwise."""
    ids = [one.notification_id for one in deliveries]
    notifications = {one.id: one for one in await Notification.find({"_id": {"$in": ids}}).to_list()}
    gone = await _taken_back({one.subject for one in notifications.values()})
    found = []
    for delivery in deliveries:
        notification = notifications.get(delivery.notification_id)
        found.append(Waiting(delivery, notification, _objection(person, delivery, notification, gone)))
    return found


def _objection(person: Person, delivery: Delivery, notification: Notification | None, gone: set[str]) -> str | None:
    if notification is None or notification.subject in gone:
        return "withdrawn"
    if notification.read_at is not None:
        return "read"
    return way(person.user, person.choices, notification, delivery.channel)[1]


async def _taken_back(subjects: set[str]) -> set[str]:
    """Those of the subjects that are announcements which nobody is shown any more."""
    named = {one: one.removeprefix(ANNOUNCEMENT) for one in subjects if one.startswith(ANNOUNCEMENT)}
    if not named:
        return set()
    ids = [PydanticObjectId(name) for name in named.values() if PydanticObjectId.is_valid(name)]
    where = {"_id": {"$in": ids}, "status": AnnouncementStatus.POSTED}
    shown = {str(row["_id"]) async for row in Announcement.get_pymongo_collection().find(where, {"_id": 1})}
    return {subject for subject, name in named.items() if name not in shown}


def _put_off(unit: Unit, person: Person, one: Waiting, at: datetime) -> bool:
    """Whether quiet hours, as they are chosen now, keep it waiting."""
    awake = awake_at(at, person.choices, zone_of(person.user))
    if one.notification is None or awake == at or breaks_quiet(one.notification, person.choices, awake):
        return False
    _wait(unit, one.delivery, awake)
    return True


def _wait(unit: Unit, delivery: Delivery, until: datetime) -> None:
    unit.update(Delivery, {"_id": delivery.id, "state": DeliveryState.QUEUED}, {"$set": {"due_at": until}})
    let_leave(unit, delivery, until)


def _bundle(unit: Unit, going: Sequence[Waiting], channel: Channel, at: datetime) -> None:
    digest = Digest(
        id=PydanticObjectId(),
        user_id=going[0].delivery.user_id,
        channel=channel,
        window_start=at,
        slot=int(at.timestamp() // WINDOW_S) if channel is Channel.EMAIL else None,
    )
    for one in going:
        claimed = {"state": DeliveryState.CLAIMED, "digest_id": digest.id}
        unit.update(Delivery, {"_id": one.delivery.id, "state": DeliveryState.QUEUED}, {"$set": claimed})
    unit.insert(digest)
    _send(unit, digest)


def _send(unit: Unit, digest: Digest) -> None:
    digest_id = str(digest.id)
    match digest.channel:
        case Channel.EMAIL:
            unit.enqueue("mail.digest", DigestArgs(digest_id=digest_id))
        case Channel.PUSH:
            unit.enqueue("push.digest", DigestArgs(digest_id=digest_id))
        case _:
            unit.enqueue("notifications.hand_over", DigestArgs(digest_id=digest_id))


def settle(unit: Unit, delivery: Delivery, state: DeliveryState, reason: str | None = None) -> None:
    """Write down how a delivery ended; nobody else may have done so."""
    sent_at = unit.at if state is DeliveryState.SENT else None
    changed = {"state": state, "reason": reason, "sent_at": sent_at}
    unit.update(Delivery, {"_id": delivery.id, "state": delivery.state}, {"$set": changed})
