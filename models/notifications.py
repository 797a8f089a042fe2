"""What people were told, and how they want to be told."""

from __future__ import annotations

from typing import ClassVar

from beanie import Document, PydanticObjectId
from pydantic import AwareDatetime
from pymongo import ASCENDING, DESCENDING, IndexModel

from models.base import Record
from schemas.notifications import Cadence, Category, Channel, NotificationKind, Reason

READ_KEPT_S = 180 * 24 * 3600


class Notification(Document):
    """One thing that one person was told; `once` names the fact, and of one fact there is one for each person.

    `facts` are what the texts of its kind name; `reason` is what the person was to it when it was told.
    """

    id: PydanticObjectId
    user_id: PydanticObjectId
    kind: NotificationKind
    category: Category
    once: str
    subject: str
    facts: dict[str, str]
    link: str
    course_id: PydanticObjectId | None = None
    actor_id: str | None = None
    reason: Reason = Reason.NAMED
    created_at: AwareDatetime
    is_read: bool = False
    read_at: AwareDatetime | None = None

    class Settings:
        name = "notifications"
        indexes: ClassVar = [
            IndexModel([("user_id", ASCENDING), ("kind", ASCENDING), ("once", ASCENDING)], name="once", unique=True),
            IndexModel([("user_id", ASCENDING), ("_id", DESCENDING)], name="newest"),  # the list, and its pages
            IndexModel([("subject", ASCENDING), ("user_id", ASCENDING)], name="subject"),  # taking it back
            IndexModel(  # how many, counted in the index alone, which null in `read_at` would not allow
                [("user_id", ASCENDING), ("is_read", ASCENDING), ("category", ASCENDING), ("_id", DESCENDING)],
                name="unread",
            ),
            IndexModel(  # what was read goes by itself; of what was not, see services/retention.py
                [("read_at", ASCENDING)],
                name="expiry",
                expireAfterSeconds=READ_KEPT_S,
                partialFilterExpression={"read_at": {"$type": "date"}},
            ),
        ]


class NotificationChoices(Record):
    """What somebody has chosen; its id is the user's. What is not in it is as `kinds.py` says for everyone.

    Quiet hours are minutes of the day in the user's own zone; they may pass midnight. `deadlines_anyway` lets through
    what is due so soon that it would be too late afterwards.
    """

    cadences: dict[Category, dict[Channel, Cadence]] = {}  # noqa: RUF012 - a pydantic field, copied for each instance
    muted_courses: tuple[PydanticObjectId, ...] = ()
    quiet_from: int | None = None
    quiet_until: int | None = None
    deadlines_anyway: bool = True

    class Settings:
        name = "notification_choices"
