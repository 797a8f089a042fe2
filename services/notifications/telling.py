"""Telling some people one thing, inside the transaction that also counts what each has not read yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from beanie import PydanticObjectId
from pymongo.asynchronous.client_session import AsyncClientSession

from models.accounts import User
from models.notifications import Notification, NotificationChoices
from schemas.events.notifications import NotificationNew, NotificationsWithdrawn
from schemas.jobs import NotifyArgs
from schemas.notifications import Cadence, Channel, Reason
from schemas.types import UserStatus
from services.notifications.crowds import PAGE, Page
from services.notifications.kinds import LOCKED, SPEC_OF_KIND, cadence
from services.notifications.planning import Told, plan
from services.unit import Unit


async def tell_page(unit: Unit, news: NotifyArgs, page: Page) -> None:
    """Have each of these told once, but for whoever did it and those who do not want to hear of it."""
    wanting = [person for person in page if str(person) != news.actor_id]
    users = await User.find({"_id": {"$in": wanting}, "status": UserStatus.ACTIVE}).sort("_id").to_list()
    chosen = {one.id: one for one in await NotificationChoices.find({"_id": {"$in": wanting}}).to_list()}
    people = [(user, chosen.get(user.id)) for user in users if _wants(news, chosen.get(user.id))]
    if people:
        unit.inside(partial(_tell, unit, news, page, people))


def _wants(news: NotifyArgs, choices: NotificationChoices | None) -> bool:
    category = SPEC_OF_KIND[news.kind].category
    if choices is None or SPEC_OF_KIND[news.kind].everywhere or (category, Channel.IN_APP) in LOCKED:
        return True
    is_mute = news.course_id is not None and PydanticObjectId(news.course_id) in choices.muted_courses
    return not is_mute and cadence(choices, category, Channel.IN_APP) is not Cadence.NEVER


async def _tell(
    cause: Unit,
    news: NotifyArgs,
    page: Page,
    people: Sequence[tuple[User, NotificationChoices | None]],
    session: AsyncClientSession,
) -> Unit:
    """What becomes of it in this transaction.

    Whoever else tells or reads at this moment draws a number of the same user's stream: one of both begins anew, and
    counts again.
    """
    ids = [user.id for user, _ in people]
    had, unread = await _have_it(news, ids, session), await unread_of(ids, session)
    unit, told = Unit(cause.at, cause.author), []
    for user, choices in people:
        if user.id not in had:
            notification = _notification(unit, news, user, page[user.id])
            _put(unit, notification, unread.get(user.id, 0) + 1)
            told.append(Told(notification, user, choices))
    await plan(unit, told)
    return unit


async def take_back_page(unit: Unit, subject: str) -> int:
    """Remove some notifications of this object; how many there were, 500 at most."""
    found = await Notification.find({"subject": subject}).sort("user_id", "_id").limit(PAGE).to_list()
    if found:
        unit.redact(subject)
        unit.inside(partial(_take_back, unit, found))
    return len(found)


async def _take_back(cause: Unit, found: Sequence[Notification], session: AsyncClientSession) -> Unit:
    ids = [one.id for one in found]
    await Notification.get_pymongo_collection().delete_many({"_id": {"$in": ids}}, session=session)
    owners = dict.fromkeys(one.user_id for one in found)
    unread, unit = await unread_of(list(owners), session), Unit(cause.at, cause.author)
    for owner in owners:
        gone = [str(one.id) for one in found if one.user_id == owner]
        unit.emit(NotificationsWithdrawn(user_id=str(owner), ids=gone, unread=unread.get(owner, 0)))
    return unit


async def _have_it(
    news: NotifyArgs, ids: Sequence[PydanticObjectId], session: AsyncClientSession
) -> set[PydanticObjectId]:
    where = {"user_id": {"$in": ids}, "kind": news.kind, "once": news.once}
    rows = Notification.get_pymongo_collection().find(where, {"user_id": 1}, session=session, batch_size=len(ids) + 1)
    return {row["user_id"] async for row in rows}


async def unread_of(ids: Sequence[PydanticObjectId], session: AsyncClientSession) -> Mapping[PydanticObjectId, int]:
    """How many each of these has not read; who has read everything is absent."""
    stages: list[Mapping[str, object]] = [
        {"$match": {"user_id": {"$in": ids}, "is_read": False}},
        {"$group": {"_id": "$user_id", "unread": {"$sum": 1}}},
    ]
    rows = await Notification.get_pymongo_collection().aggregate(stages, session=session, batchSize=len(ids) + 1)
    return {row["_id"]: int(row["unread"]) async for row in rows}


def _notification(unit: Unit, news: NotifyArgs, user: User, reason: Reason) -> Notification:
    return Notification(
        id=PydanticObjectId(),
        user_id=user.id,
        kind=news.kind,
        category=SPEC_OF_KIND[news.kind].category,
        once=news.once,
        subject=news.subject,
        facts=dict(news.facts),
        link=news.link,
        course_id=PydanticObjectId(news.course_id) if news.course_id else None,
        actor_id=news.actor_id,
        reason=reason,
        created_at=unit.at,
    )


def _put(unit: Unit, notification: Notification, unread: int) -> None:
    unit.insert(notification)
    unit.emit(
        NotificationNew(
            notification_id=str(notification.id),
            user_id=str(notification.user_id),
            type=notification.kind,
            category=notification.category,
            subject=notification.subject,
            facts=notification.facts,
            link=notification.link,
            course_id=str(notification.course_id) if notification.course_id else None,
            actor_id=notification.actor_id,
            created_at=notification.created_at,
            unread=unread,
        )
    )
