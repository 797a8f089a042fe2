"""Browsers that take notifications while no page is open."""

from __future__ import annotations

from typing import ClassVar

from beanie import PydanticObjectId
from pymongo import ASCENDING, IndexModel

from models.base import Record


class PushSubscription(Record):
    """One browser of one person. `target_ct` is what the browser gave, sealed: whoever has it can write to it.

    `mark` is the digest of its address; a browser belongs to whoever subscribed it last.
    """

    user_id: PydanticObjectId
    mark: str
    target_ct: str
    device: str

    class Settings:
        name = "push_subscriptions"
        indexes: ClassVar = [
            IndexModel([("user_id", ASCENDING), ("created_at", ASCENDING)], name="of_user"),
            IndexModel([("mark", ASCENDING)], name="mark", unique=True),
        ]
