"""Other systems that are told what happens in the school, and what they were told."""

from __future__ import annotations

from typing import ClassVar

from beanie import Document, PydanticObjectId
from pydantic import AwareDatetime
from pymongo import ASCENDING, DESCENDING, IndexModel

from models.base import Record
from schemas.deliveries import DeliveryState

KEPT_S = 30 * 24 * 3600


class Webhook(Record):
    """An address that gets events by name. The secret before counts until `previous_until`, so that it can follow."""

    url: str
    events: tuple[str, ...]
    secret_ct: str
    previous_ct: str | None = None
    previous_until: AwareDatetime | None = None
    disabled_at: AwareDatetime | None = None
    deleted_at: AwareDatetime | None = None

    class Settings:
        name = "webhooks"
        indexes: ClassVar = [IndexModel([("deleted_at", ASCENDING), ("created_at", DESCENDING)], name="newest")]


class WebhookDelivery(Document):
    """One fact to one address; `stream` and `seq` say where the log has it. `status` is what was last answered."""

    id: PydanticObjectId
    webhook_id: PydanticObjectId
    fact_id: PydanticObjectId
    event: str
    stream: str
    seq: int
    state: DeliveryState = DeliveryState.QUEUED
    attempts: int = 0
    status: int | None = None
    reason: str | None = None
    next_at: AwareDatetime | None = None
    created_at: AwareDatetime

    class Settings:
        name = "webhook_deliveries"
        indexes: ClassVar = [
            IndexModel([("fact_id", ASCENDING), ("webhook_id", ASCENDING)], name="once", unique=True),
            IndexModel([("webhook_id", ASCENDING), ("_id", DESCENDING)], name="newest"),
            IndexModel([("created_at", ASCENDING)], name="expiry", expireAfterSeconds=KEPT_S),
        ]


class WebhookCursor(Document):
    """How far the log was read for webhooks, under the id `school`."""

    id: str
    at: AwareDatetime
    version: int = 1

    class Settings:
        name = "webhook_cursors"
