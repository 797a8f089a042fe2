"""What leaves the app: one row for each notification and channel, and the messages in which they go."""

from __future__ import annotations

from typing import ClassVar

from beanie import Document, PydanticObjectId
from pydantic import AwareDatetime
from pymongo import ASCENDING, DESCENDING, IndexModel

from schemas.deliveries import DeliveryState
from schemas.notifications import Cadence, Channel

WINDOW_S = 15 * 60
"""How long after a mail to somebody what else there is waits for the next one."""

KEPT_S = 90 * 24 * 3600


class Delivery(Document):
    """One notification on one way to one person; `reason` says why it did not arrive."""

    id: PydanticObjectId
    notification_id: PydanticObjectId
    user_id: PydanticObjectId
    channel: Channel
    cadence: Cadence
    state: DeliveryState = DeliveryState.QUEUED
    due_at: AwareDatetime
    digest_id: PydanticObjectId | None = None
    sent_at: AwareDatetime | None = None
    reason: str | None = None
    created_at: AwareDatetime

    class Settings:
        name = "deliveries"
        indexes: ClassVar = [
            IndexModel([("notification_id", ASCENDING), ("channel", ASCENDING)], name="once", unique=True),
            IndexModel(
                [("user_id", ASCENDING), ("channel", ASCENDING), ("state", ASCENDING), ("due_at", ASCENDING)],
                name="due",
            ),  # what goes into somebody's next message
            IndexModel([("digest_id", ASCENDING)], name="of_digest"),
            IndexModel([("created_at", ASCENDING)], name="expiry", expireAfterSeconds=KEPT_S),
        ]


class Digest(Document):
    """One message that leaves: a mail, a push or a text message, about one notification or several.

    Its id makes the Message-ID, so whoever sends it twice sends the same one. A mail opens a window at `window_start`,
    in which the next one of the same person waits; `slot` is the quarter of an hour, of which each holds one mail, so
    that two jobs cannot open two windows side by side.
    """

    id: PydanticObjectId
    user_id: PydanticObjectId
    channel: Channel
    window_start: AwareDatetime
    slot: int | None = None
    state: DeliveryState = DeliveryState.QUEUED
    sent_at: AwareDatetime | None = None
    reason: str | None = None

    class Settings:
        name = "digests"
        indexes: ClassVar = [
            IndexModel(
                [("user_id", ASCENDING), ("slot", ASCENDING)],
                name="window",
                unique=True,
                partialFilterExpression={"slot": {"$type": "number"}},
            ),
            IndexModel([("user_id", ASCENDING), ("channel", ASCENDING), ("window_start", DESCENDING)], name="newest"),
            IndexModel([("window_start", ASCENDING)], name="expiry", expireAfterSeconds=KEPT_S),
        ]
