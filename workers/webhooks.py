"""Webhooks: the log is read on once a minute, and each fact is told to each address until it takes it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

import orjson
from beanie import PydanticObjectId

from models.accounts import User
from models.delivery import EventKey, StoredEvent
from models.webhooks import Webhook, WebhookCursor, WebhookDelivery
from schemas.deliveries import DeliveryState
from schemas.jobs import FollowArgs, WebhookArgs
from schemas.notifications import NotificationKind
from schemas.types import UserRole, UserStatus
from services.event_log import REDACTED, SWEEP_WINDOW_MS
from services.notifications.asking import News, notify_people
from services.ports import OutgoingError
from services.unit import Unit
from services.webhooks import secrets_of, signed
from workers.work import Work

PAUSES_S: Final = (5, 60, 300, 1800, 3600, 2 * 3600, 5 * 3600, 10 * 3600)
"""Between tries; after the last, 19 hours since the first, the address is told nothing any more."""

AT_ONCE: Final = 500
LATE: Final = timedelta(milliseconds=SWEEP_WINDOW_MS)
"""What commits late has an older time than what was seen already, so the end of the log is read twice."""


async def follow(args: FollowArgs, work: Work) -> None:
    """Read the log on from where it was left, and have what each webhook asked for told to it."""
    del args
    unit, cursor = work.unit, await WebhookCursor.get("school")
    webhooks = await Webhook.find({"deleted_at": None, "disabled_at": None}).to_list()
    if cursor is None:
        unit.insert(WebhookCursor(id="school", at=unit.at))
        return
    reached, begun = unit.at, 0
    async for chunk in _chunks(cursor.at, webhooks):
        for webhook, event in await _new(webhooks, chunk):
            _begin(unit, webhook, event)
            begun += 1
        if begun >= AT_ONCE:
            reached = chunk[-1].at
            unit.enqueue("webhooks.follow", FollowArgs())
            break
    guard = {"_id": "school", "version": cursor.version}
    unit.update(WebhookCursor, guard, {"$set": {"at": max(reached - LATE, cursor.at)}, "$inc": {"version": 1}})


async def _chunks(since: datetime, webhooks: Sequence[Webhook]) -> AsyncIterator[Sequence[StoredEvent]]:
    """What somebody asked for since then, oldest first; what was begun already is in it, too."""
    names = sorted({name for webhook in webhooks for name in webhook.events})
    rows = StoredEvent.get_pymongo_collection().find({"at": {"$gte": since}, "name": {"$in": names}})
    chunk: list[StoredEvent] = []
    async for row in rows.sort([("at", 1), ("_id", 1)]):
        chunk.append(StoredEvent.model_validate(row))
        if len(chunk) == AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


async def _new(webhooks: Sequence[Webhook], events: Sequence[StoredEvent]) -> Sequence[tuple[Webhook, StoredEvent]]:
    """Which webhook is to be told which event; a fact of two streams is told once."""
    where = {"fact_id": {"$in": [event.fact_id for event in events]}}
    known = {(one.webhook_id, one.fact_id) for one in await WebhookDelivery.find(where).to_list()}
    wanted = {
        (webhook.id, event.fact_id): (webhook, event)
        for event in events
        for webhook in webhooks
        if event.name in webhook.events and event.at >= webhook.created_at
    }
    return [pair for key, pair in wanted.items() if key not in known]


def _begin(unit: Unit, webhook: Webhook, event: StoredEvent) -> None:
    delivery = WebhookDelivery(
        id=PydanticObjectId(),
        webhook_id=webhook.id,
        fact_id=event.fact_id,
        event=event.name,
        stream=event.id.stream,
        seq=event.id.seq,
        next_at=unit.at,
        created_at=unit.at,
    )
    unit.insert(delivery)
    unit.enqueue("webhooks.send", WebhookArgs(delivery_id=str(delivery.id)))


async def send(args: WebhookArgs, work: Work) -> None:
    """Tell one fact to one address: at least once, signed, and later again where it is not taken."""
    delivery = await WebhookDelivery.get(PydanticObjectId(args.delivery_id))
    webhook = await Webhook.get(delivery.webhook_id) if delivery else None
    if delivery is None or webhook is None or delivery.state is not DeliveryState.QUEUED:
        return
    event = await StoredEvent.find_one({"_id": EventKey(stream=delivery.stream, seq=delivery.seq).model_dump()})
    if webhook.deleted_at is not None or webhook.disabled_at is not None:
        _end(work.unit, delivery, DeliveryState.DEAD, None, "disabled")
    elif event is None or event.payload == REDACTED:
        _end(work.unit, delivery, DeliveryState.SUPPRESSED, None, "withdrawn")
    else:
        status, reason = await _call(webhook, event, work)
        await _judge(work.unit, webhook, delivery, status, reason)


async def _call(webhook: Webhook, event: StoredEvent, work: Work) -> tuple[int | None, str | None]:
    if work.tools.outgoing is None:
        return None, "calls to others are off"
    said: Mapping[str, object] = {"type": event.name, "timestamp": event.at, "data": event.payload}
    body = orjson.dumps(said, option=orjson.OPT_UTC_Z)
    headers = signed(str(event.fact_id), work.unit.at, body, secrets_of(webhook, work.tools.keys, work.unit.at))
    try:
        reply = await work.tools.outgoing.post(webhook.url, body, headers)
    except OutgoingError as error:
        return None, str(error)[:200]
    return reply.status, None if _is_taken(reply.status) else f"answered {reply.status}"


def _is_taken(status: int | None) -> bool:
    return status is not None and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


async def _judge(
    unit: Unit, webhook: Webhook, delivery: WebhookDelivery, status: int | None, reason: str | None
) -> None:
    if _is_taken(status):
        _end(unit, delivery, DeliveryState.SENT, status, None)
    elif status == HTTPStatus.GONE or delivery.attempts >= len(PAUSES_S):
        _end(unit, delivery, DeliveryState.DEAD, status, reason)
        await _disable(unit, webhook)
    else:
        next_at = unit.at + timedelta(seconds=PAUSES_S[delivery.attempts])
        changed = {"status": status, "reason": reason, "next_at": next_at}
        _count(unit, delivery, changed)
        unit.enqueue("webhooks.send", WebhookArgs(delivery_id=str(delivery.id)), at=next_at)


def _end(unit: Unit, delivery: WebhookDelivery, state: DeliveryState, status: int | None, reason: str | None) -> None:
    _count(unit, delivery, {"state": state, "status": status, "reason": reason, "next_at": None})


def _count(unit: Unit, delivery: WebhookDelivery, changed: Mapping[str, object]) -> None:
    guard = {"_id": delivery.id, "state": DeliveryState.QUEUED, "attempts": delivery.attempts}
    unit.update(WebhookDelivery, guard, {"$set": changed, "$inc": {"attempts": 1}})


async def _disable(unit: Unit, webhook: Webhook) -> None:
    """Give the address up, and tell the administrators, who may enable it again."""
    unit.change(webhook, disabled_at=unit.at)
    unit.audit("webhook.disabled", f"webhook:{webhook.id}")
    where = {"role": UserRole.ADMIN, "status": UserStatus.ACTIVE}
    admins = [row["_id"] async for row in User.get_pymongo_collection().find(where, {"_id": 1}).limit(500)]
    news = News(
        kind=NotificationKind.WEBHOOK_DISABLED,
        subject=f"webhook:{webhook.id}",
        facts={"url": webhook.url},
        link="/admin/webhooks",
        once=f"webhook:{webhook.id}:{webhook.version}",
    )
    notify_people(unit, news, admins)
